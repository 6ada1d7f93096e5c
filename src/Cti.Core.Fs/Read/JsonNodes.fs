// The fields asked for as a tree of names, so that one walk over a record finds all of them; and the texts of JSON.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Globalization
open System.Text

/// A place in a record where something is looked for. Not thread-safe: it remembers which name came last.
[<Sealed; AllowNullLiteral(false)>]
type internal JsonNode(fields: int[], names: string[], children: JsonNode[], every: JsonNode voption, prefix: string) =
    static let nothing = JsonNode([||], [||], [||], ValueNone, "")
    let keys = names |> Array.map Encoding.UTF8.GetBytes

    let numbers =
        names
        |> Array.map (fun name ->
            match Int32.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture) with
            | true, number when string number = name -> number
            | _ -> -1)

    // Feeds write members in the same order record after record: looking goes on where it stopped.
    let mutable next = 0

    /// The fields whose path ends here.
    member _.Fields = fields

    /// Whether anything inside a value here is looked for.
    member _.IsLeaf = keys.Length = 0 && every.IsNone

    /// The path to here, with a dot behind it where it is not empty.
    member _.Prefix = prefix

    /// What is looked for in the member of this name.
    member _.Member(key: ReadOnlySpan<byte>) : JsonNode =
        let mutable found = ValueOption.defaultValue nothing every
        let mutable tried = 0

        while tried < keys.Length do
            let index =
                if next + tried < keys.Length then
                    next + tried
                else
                    next + tried - keys.Length

            if key.SequenceEqual(ReadOnlySpan<byte> keys[index]) then
                found <- children[index]
                next <- if index + 1 = keys.Length then 0 else index + 1
                tried <- keys.Length
            else
                tried <- tried + 1

        found

    /// What is looked for in the element with this number.
    member _.Element(number: int) : JsonNode =
        match Array.IndexOf(numbers, number) with
        | -1 -> ValueOption.defaultValue nothing every
        | index -> children[index]

    /// A place where nothing is looked for.
    static member Nothing = nothing

    /// The tree of several paths, each with the number of its field.
    static member Build(paths: (int * JsonPath) list, prefix: string) : JsonNode =
        let behind (step: JsonStep) =
            paths
            |> List.choose (fun (field, path) ->
                match path with
                | JsonStep.Every :: rest -> Some(field, rest)
                | first :: rest when first = step -> Some(field, rest)
                | _ -> None)

        let names =
            paths
            |> List.choose (fun (_, path) ->
                match path with
                | JsonStep.Key name :: _ -> Some name
                | _ -> None)
            |> List.distinct

        let child (step: JsonStep) =
            JsonNode.Build(behind step, prefix + JsonPath.text [ step ] + ".")

        JsonNode(
            paths
            |> List.choose (fun (field, path) -> if List.isEmpty path then Some field else None)
            |> List.toArray,
            List.toArray names,
            names |> List.map (JsonStep.Key >> child) |> List.toArray,
            (if List.isEmpty (behind JsonStep.Every) then
                 ValueNone
             else
                 ValueSome(child JsonStep.Every)),
            prefix
        )

[<RequireQualifiedAccess>]
module internal JsonText =
    let private hex (digit: byte) : int =
        if digit >= '0'B && digit <= '9'B then
            int (digit - '0'B)
        elif (digit ||| 0x20uy) >= 'a'B && (digit ||| 0x20uy) <= 'f'B then
            int ((digit ||| 0x20uy) - 'a'B) + 10
        else
            -1

    // The UTF-16 unit written at `at` as four digits, -1 when they are not there.
    let private unit (text: ReadOnlySpan<byte>) (at: int) : int =
        if at + 4 > text.Length then
            -1
        else
            let value =
                (hex text[at] <<< 12)
                ||| (hex text[at + 1] <<< 8)
                ||| (hex text[at + 2] <<< 4)
                ||| hex text[at + 3]

            if value < 0 then -1 else value

    /// Whether these are the four digits of an escaped UTF-16 unit.
    let isUnit (digits: ReadOnlySpan<byte>) : bool = unit digits 0 >= 0

    let private put (target: Utf8Writer) (code: int) =
        let room = target.Reserve 4
        target.Advance(Rune(code).EncodeToUtf8 room)

    /// Writes the text between the quotes of a string, escapes undone (RFC 8259 §7). False where an escape is no escape, half
    /// a surrogate pair, or NUL, which no field may hold.
    let unescape (text: ReadOnlySpan<byte>) (target: Utf8Writer) : bool =
        let mutable at = 0
        let mutable good = true

        while good && at < text.Length do
            let plain = text.Slice(at).IndexOf '\\'B

            if plain < 0 then
                target.Bytes(text.Slice at)
                at <- text.Length
            else
                target.Bytes(text.Slice(at, plain))
                at <- at + plain + 2

                match (if at > text.Length then 0uy else text[at - 1]) with
                | '"'B -> target.Byte '"'B
                | '\\'B -> target.Byte '\\'B
                | '/'B -> target.Byte '/'B
                | 'b'B -> target.Byte 8uy
                | 'f'B -> target.Byte 12uy
                | 'n'B -> target.Byte 10uy
                | 'r'B -> target.Byte 13uy
                | 't'B -> target.Byte 9uy
                | 'u'B ->
                    let first = unit text at
                    at <- at + 4

                    if first >= 0xD800 && first <= 0xDBFF then
                        let second =
                            if at + 6 <= text.Length && text[at] = '\\'B && text[at + 1] = 'u'B then
                                unit text (at + 2)
                            else
                                -1

                        at <- at + 6

                        if second >= 0xDC00 && second <= 0xDFFF then
                            put target (0x10000 + ((first - 0xD800) <<< 10) + (second - 0xDC00))
                        else
                            good <- false
                    elif first <= 0 || (first >= 0xDC00 && first <= 0xDFFF) then
                        good <- false
                    else
                        put target first
                | _ -> good <- false

        good

/// The names that the stars of the records' path matched on the way to a record.
[<Sealed; AllowNullLiteral(false)>]
type internal JsonKeys(stars: int) =
    // One per star; empty where it matched an element of an array.
    let names = Array.init stars (fun _ -> Utf8Writer 16)

    member _.Set(star: int, name: ReadOnlySpan<byte>) =
        names[star].Clear()
        names[star].Bytes name

    /// Writes the name of the n-th star from the left, from 1; 0: of the last one that matched a member.
    member _.Write(star: int, target: Utf8Writer) =
        let number =
            if star = 0 then
                names
                |> Array.tryFindIndexBack (fun name -> name.Length > 0)
                |> Option.defaultValue -1
            else
                star - 1

        if number >= 0 && number < names.Length then
            target.Bytes names[number].Written
