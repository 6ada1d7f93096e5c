// Takes the facts a pipeline asks for out of a service's answer. Answers are hostile: what is not there, or not of the kind that is wanted, is not known.
namespace Cti.Core

open System
open System.Globalization
open System.Text.Json

/// A fact and where in an answer it stands.
type AskedFact = { Fact: NamedFact; Path: JsonPath }

[<RequireQualifiedAccess>]
module AnswerReading =
    // Deeper answers are none: nobody nests like that to be understood.
    let private options = JsonDocumentOptions(MaxDepth = 64)

    let rec private find (path: JsonPath) (element: JsonElement) : JsonElement voption =
        match path, element.ValueKind with
        | [], _ -> ValueSome element
        | JsonStep.Key name :: rest, JsonValueKind.Object ->
            match element.TryGetProperty name with
            | true, inner -> find rest inner
            | _ -> ValueNone
        | JsonStep.Key name :: rest, JsonValueKind.Array ->
            match Int32.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture) with
            | true, index when index < element.GetArrayLength() -> find rest element[index]
            | _ -> ValueNone
        | _ -> ValueNone

    let private numberOf (text: string) =
        match Decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, value -> FactValue.ofNumber value
        | _ -> FactValue.Unknown

    let private valueOf (kind: FactKind) (element: JsonElement) : FactValue =
        match kind, element.ValueKind with
        | FactKind.Text, JsonValueKind.String ->
            match element.GetString() with
            | null -> FactValue.Unknown
            | text -> FactValue.ofText text
        | FactKind.Text, (JsonValueKind.Number | JsonValueKind.True | JsonValueKind.False) ->
            FactValue.ofText (element.GetRawText())
        | FactKind.Number, JsonValueKind.Number -> numberOf (element.GetRawText())
        | FactKind.Number, JsonValueKind.String ->
            match element.GetString() with
            | null -> FactValue.Unknown
            | text -> numberOf text
        | FactKind.Flag, JsonValueKind.True -> FactValue.Flag true
        | FactKind.Flag, JsonValueKind.False -> FactValue.Flag false
        | _ -> FactValue.Unknown

    let private read (fact: AskedFact) (root: JsonElement) =
        try
            match find fact.Path root with
            | ValueSome element -> valueOf fact.Fact.Kind element
            | ValueNone -> FactValue.Unknown
        with :? InvalidOperationException ->
            // A text that is not UTF-8, or half of a surrogate pair.
            FactValue.Unknown

    /// The values of the facts, in their order; none where the answer is no JSON.
    let tryRead (facts: AskedFact list) (answer: ReadOnlyMemory<byte>) : FactValue[] voption =
        try
            use document = JsonDocument.Parse(answer, options)

            facts
            |> List.map (fun fact -> read fact document.RootElement)
            |> Array.ofList
            |> ValueSome
        with :? JsonException ->
            ValueNone
