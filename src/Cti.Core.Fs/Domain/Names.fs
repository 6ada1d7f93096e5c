// Small sets of names (labels, sources) that repeat over millions of rows: sorted, distinct, held once, printed once.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// A sorted (by UTF-8 bytes), distinct, immutable set of names. `Json` is its JSON array, ready to be copied.
[<Sealed; AllowNullLiteral(false)>]
type NameSet private (names: string[], utf8: byte[][], json: byte[]) =
    static let encode (names: string[]) =
        names |> Array.map Encoding.UTF8.GetBytes

    static let print (names: string[]) =
        let writer = Utf8Writer 64
        writer.Byte '['B

        for index in 0 .. names.Length - 1 do
            if index > 0 then
                writer.Byte ','B

            Json.writeText names[index] writer

        writer.Byte ']'B
        writer.Written.ToArray()

    static let empty = NameSet([||], [||], "[]"B)

    static member Empty = empty

    /// Empty names are left out, repeated ones counted once. Ordinal order of UTF-8 bytes.
    static member Of(names: string seq) : NameSet =
        let distinct =
            names
            |> Seq.filter (fun name -> name <> "")
            |> Seq.distinct
            |> Seq.map (fun name -> struct (name, Encoding.UTF8.GetBytes name))
            |> Seq.toArray

        Array.Sort(
            distinct,
            Comparison(fun (struct (_, left: byte[])) (struct (_, right: byte[])) ->
                left.AsSpan().SequenceCompareTo(ReadOnlySpan<byte> right))
        )

        if distinct.Length = 0 then
            empty
        else
            let sorted = distinct |> Array.map (fun (struct (name, _)) -> name)
            NameSet(sorted, encode sorted, print sorted)

    member _.Count = names.Length
    member _.Names: IReadOnlyList<string> = names :> IReadOnlyList<string>
    /// Name `index` as UTF-8.
    member _.Utf8(index: int) = ReadOnlySpan<byte> utf8[index]
    /// The set as a JSON array of strings.
    member _.Json = ReadOnlySpan<byte> json
    member _.JsonText = Encoding.UTF8.GetString json

    static member Union(left: NameSet, right: NameSet) : NameSet =
        if Object.ReferenceEquals(left, right) || right.Count = 0 then
            left
        elif left.Count = 0 then
            right
        else
            NameSet.Of(Seq.append left.Names right.Names)

    override _.Equals(other: objnull) =
        match other with
        | :? NameSet as set -> ReadOnlySpan<byte>(json).SequenceEqual set.Json
        | _ -> false

    override _.GetHashCode() =
        let mutable hash = HashCode()
        hash.AddBytes(ReadOnlySpan<byte> json)
        hash.ToHashCode()

/// Numbers name sets in the order they are first seen, and remembers unions: one per run, filled by one thread. Other threads may read entries whose
/// numbers came to them through the store.
[<Sealed; AllowNullLiteral(false)>]
type NameSetTable() =
    let sets = SharedList<NameSet>()
    let numbers = Dictionary<NameSet, int>()
    let unions = Dictionary<struct (int * int), int>()

    let add (set: NameSet) =
        match numbers.TryGetValue set with
        | true, number -> number
        | _ ->
            let number = sets.Count
            sets.Add set
            numbers[set] <- number
            number

    do add NameSet.Empty |> ignore

    /// The number of the empty set.
    static member EmptyNumber = 0
    member _.Count = sets.Count

    member _.Item
        with get (number: int): NameSet = sets[number]

    member _.Add(set: NameSet) = add set

    member _.Union(left: int, right: int) : int =
        if left = right || right = 0 then
            left
        elif left = 0 then
            right
        else
            let key = struct (min left right, max left right)

            match unions.TryGetValue key with
            | true, number -> number
            | _ ->
                let number = add (NameSet.Union(sets[left], sets[right]))
                unions[key] <- number
                number
