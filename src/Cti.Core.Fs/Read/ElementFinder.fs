// Looks in a document's object for the array in which its elements stand. Knows names and brackets; what else is wrong is found by whoever parses.
namespace Cti.Core

open System
open System.Text

/// `places`: where the array may stand, names only. Not thread-safe; one per reader.
[<Sealed; AllowNullLiteral(false)>]
type internal ElementFinder(places: JsonPath list) =
    let scanner = JsonScanner()

    let steps =
        places
        |> List.map (
            List.choose (fun step ->
                match step with
                | JsonStep.Key name -> Some(Encoding.UTF8.GetBytes name)
                | JsonStep.Every -> None)
        )

    // What was found: the array's bracket, and how many objects are open around it.
    let mutable foundAt = 0
    let mutable foundDepth = 0

    let valueEnd (at: int) : int =
        match scanner[at] with
        | '"'B ->
            let mutable escaped = false
            scanner.TextEnd(at + 1, &escaped)
        | '{'B
        | '['B -> scanner.ContainerEnd(at, 0)
        | _ -> scanner.WordEnd at

    /// Looks in the object at `at`, around which `depth` are open, for an array at one of the `wanted` places. Gives -3 where it is found, else the place
    /// behind the object; -1: not whole, -2: no JSON.
    let rec locate (wanted: byte[] list list) (at: int) (depth: int) : int =
        let mutable at = scanner.SkipBlanks(at + 1)
        let mutable reached = 0

        while reached = 0 do
            if at = scanner.Finish then
                reached <- -1
            elif scanner[at] = '}'B then
                reached <- at + 1
            elif scanner[at] <> '"'B then
                reached <- scanner.Break(at, "a name in quotes, or `}`")
            else
                let mutable escaped = false
                let nameEnd = scanner.TextEnd(at + 1, &escaped)

                let colon =
                    if nameEnd < 0 then
                        scanner.Finish
                    else
                        scanner.SkipBlanks nameEnd

                let start =
                    if colon = scanner.Finish then
                        scanner.Finish
                    else
                        scanner.SkipBlanks(colon + 1)

                if colon < scanner.Finish && scanner[colon] <> ':'B then
                    reached <- scanner.Break(colon, "`:` between a name and its value")
                elif start = scanner.Finish then
                    reached <- -1
                else
                    let ending = memberEnd wanted (at + 1) (nameEnd - 1) start depth

                    if ending < 0 then
                        reached <- ending
                    else
                        at <- scanner.SkipBlanks ending

                        if at < scanner.Finish then
                            if scanner[at] = ','B then
                                at <- scanner.SkipBlanks(at + 1)
                            elif scanner[at] <> '}'B then
                                reached <- scanner.Break(at, "`,` or `}`")

        reached

    /// The same in the value at `start` of the member whose name is `[nameStart, nameEnd)`.
    and memberEnd wanted (nameStart: int) (nameEnd: int) (start: int) (depth: int) : int =
        let inner =
            wanted
            |> List.choose (fun place ->
                match place with
                | name :: rest when scanner.Span(nameStart, nameEnd).SequenceEqual(ReadOnlySpan<byte> name) ->
                    Some rest
                | _ -> None)

        if scanner[start] = '['B && List.exists List.isEmpty inner then
            foundAt <- start
            foundDepth <- depth
            -3
        elif scanner[start] = '{'B && inner |> List.exists (List.isEmpty >> not) then
            locate inner start (depth + 1)
        else
            valueEnd start


    /// Whether the object at `at`, of bytes that end at `until`, has the array; false also where it is not whole or no JSON before that can be told.
    member _.Find(block: byte[], at: int, until: int, isFinal: bool) : bool =
        scanner.Begin(block, until, isFinal)
        locate steps at 1 = -3

    /// Where the array that was found begins.
    member _.At = foundAt

    /// How many objects are open around it, at least 1.
    member _.Depth = foundDepth

    /// Behind the array or object at `at`, told by its brackets alone; -1: not whole, -2: neither an array nor an object.
    member _.EndByBrackets(block: byte[], at: int, until: int, isFinal: bool) : int =
        scanner.Begin(block, until, isFinal)

        match block[at] with
        | '{'B
        | '['B -> scanner.ContainerEnd(at, 0)
        | _ -> -2

    /// First byte from `at` on, of the bytes looked at last, that is no blank; their end when there is none.
    member _.SkipBlanks(at: int) = scanner.SkipBlanks at
