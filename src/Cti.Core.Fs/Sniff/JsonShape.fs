// The shape of the first bytes of a JSON document: which objects and arrays stand in which. Values are not kept.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text.Json

[<RequireQualifiedAccess>]
type internal JsonShape =
    | Object of (string * JsonShape) list
    | Array of JsonShape list
    | Plain

[<RequireQualifiedAccess>]
module internal JsonShape =
    let private options =
        JsonReaderOptions(MaxDepth = 64, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Disallow)

    // An array or object that has begun.
    [<NoComparison>]
    type private Open =
        {
            IsArray: bool
            Names: List<string>
            Children: List<JsonShape>
        }

    let private close (frame: Open) : JsonShape =
        if frame.IsArray then
            JsonShape.Array(List.ofSeq frame.Children)
        else
            Seq.zip frame.Names frame.Children |> List.ofSeq |> JsonShape.Object

    /// The shape of a document of which only the beginning is there; what was begun counts as far as it goes. None where it is no JSON,
    /// with the fault's sentence.
    let ofHead (bytes: byte[]) (isWhole: bool) : Result<JsonShape, string> =
        let stack = Stack<Open>()
        let mutable root: JsonShape voption = ValueNone

        let add (shape: JsonShape) =
            if stack.Count = 0 then
                root <- ValueSome shape
            else
                stack.Peek().Children.Add shape

        let mutable problem: string voption = ValueNone

        // The library's reader says by an exception what is no JSON; met once for each source, never for each record.
        try
            let mutable reader =
                Utf8JsonReader(ReadOnlySpan<byte> bytes, isWhole, JsonReaderState options)

            while reader.Read() do
                match reader.TokenType with
                | JsonTokenType.StartObject
                | JsonTokenType.StartArray ->
                    stack.Push
                        {
                            IsArray = reader.TokenType = JsonTokenType.StartArray
                            Names = List()
                            Children = List()
                        }
                | JsonTokenType.EndObject
                | JsonTokenType.EndArray -> stack.Pop() |> close |> add
                | JsonTokenType.PropertyName ->
                    stack
                        .Peek()
                        .Names.Add(
                            match reader.GetString() with
                            | null -> ""
                            | name -> name
                        )
                | _ -> add JsonShape.Plain
        with
        | :? JsonException as error -> problem <- ValueSome $"line %d{error.LineNumber.GetValueOrDefault() + 1L}"
        | :? InvalidOperationException -> problem <- ValueSome "a name that is no text"

        match problem with
        | ValueSome problem -> Error problem
        | ValueNone ->
            while stack.Count > 0 do
                stack.Pop() |> close |> add

            match root with
            | ValueSome shape -> Ok shape
            | ValueNone -> Error "nothing but blanks"
