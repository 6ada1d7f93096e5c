// What services answered about subjects: facts that a pipeline names itself. Knows no service.
namespace Cti.Core

open System
open System.Globalization

/// What a named fact holds.
[<Struct; RequireQualifiedAccess>]
type FactKind =
    | Text
    /// From -9,000,000,000,000 to 9,000,000,000,000 with six decimal places.
    | Number
    | Flag

/// A fact that a pipeline names: a field of predicates, a member of NDJSON lines.
type NamedFact = { Name: string; Kind: FactKind }

[<RequireQualifiedAccess>]
type FactValue =
    | Unknown
    /// UTF-8, at most `FactValue.mostBytes`.
    | Text of byte[]
    /// In millionths.
    | Number of int64
    | Flag of bool

[<RequireQualifiedAccess>]
module FactValue =
    /// Longest text, in bytes of UTF-8; what is longer is cut between two characters.
    let mostBytes = 1024

    /// Decimal places of a number.
    let scale = 6uy

    let private most = 9_000_000_000_000m

    /// A number in millionths; `Unknown` where it is out of range. Digits behind the sixth are cut.
    let ofNumber (value: decimal) : FactValue =
        if abs value <= most then
            FactValue.Number(int64 (Decimal.Truncate(value * 1_000_000m)))
        else
            FactValue.Unknown

    /// The inverse of `ofNumber`.
    let toNumber (millionths: int64) : decimal = decimal millionths / 1_000_000m

    /// A text of at most `mostBytes`; `Unknown` for an empty one.
    let ofText (text: string) : FactValue =
        let bytes = Text.Encoding.UTF8.GetBytes text
        let mutable length = min bytes.Length mostBytes

        while length < bytes.Length && bytes[length] &&& 0xC0uy = 0x80uy do
            length <- length - 1

        if length = 0 then
            FactValue.Unknown
        else
            FactValue.Text bytes[.. length - 1]

    /// As JSON.
    let write (value: FactValue) (writer: Utf8Writer) =
        match value with
        | FactValue.Unknown -> writer.Bytes(ReadOnlySpan<byte>("null"B))
        | FactValue.Text text ->
            writer.Byte '"'B
            Json.writeEscaped (ReadOnlySpan<byte> text) writer
            writer.Byte '"'B
        | FactValue.Number millionths ->
            let digits =
                (toNumber millionths).ToString("0.######", CultureInfo.InvariantCulture)

            writer.Bytes(ReadOnlySpan<byte>(Text.Encoding.ASCII.GetBytes digits))
        | FactValue.Flag true -> writer.Bytes(ReadOnlySpan<byte>("true"B))
        | FactValue.Flag false -> writer.Bytes(ReadOnlySpan<byte>("false"B))

/// What is known of one subject by the facts a pipeline names: a value for each, in their order. Made once and shared by the rows that ask.
[<Sealed; AllowNullLiteral(false)>]
type AnswerFacts private (values: FactValue[], members: byte[]) =
    static let unknown = AnswerFacts(Array.empty, Array.empty)

    /// Nothing is known.
    static member Unknown = unknown

    /// `values` are as many as `facts`.
    static member Of(facts: NamedFact[], values: FactValue[]) : AnswerFacts =
        let writer = Utf8Writer 64

        for place in 0 .. facts.Length - 1 do
            if not values[place].IsUnknown then
                writer.Byte ','B
                writer.Byte '"'B
                Json.writeEscaped (ReadOnlySpan<byte>(Text.Encoding.UTF8.GetBytes facts[place].Name)) writer
                writer.Byte '"'B
                writer.Byte ':'B
                FactValue.write values[place] writer

        AnswerFacts(values, writer.Written.ToArray())

    /// The value of a fact by its place; `Unknown` where nothing is known.
    member _.At(place: int) : FactValue =
        if place < values.Length then
            values[place]
        else
            FactValue.Unknown

    /// What is known as members of a JSON object, each with a comma before it.
    member _.Members: ReadOnlySpan<byte> = ReadOnlySpan<byte> members

/// Answers that are there: asked for every row, so it must be quick; it may gain answers while it is asked.
[<Interface>]
type IAnswers =
    /// What is known of an indicator; `AnswerFacts.Unknown` where nothing is.
    abstract Find: indicator: Uuid -> AnswerFacts
