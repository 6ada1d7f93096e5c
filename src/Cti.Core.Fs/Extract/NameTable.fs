// A set of short ASCII names that is asked with bytes: top-level domains, extensions of files, hosts. Knows no list.
namespace Cti.Core

open System
open System.Text

/// A set of names; never changes once made, threads share it.
[<Sealed; AllowNullLiteral(false)>]
type internal NameTable(names: TextColumn) =
    let table = ValueTable names.Count

    do
        for name in 0 .. names.Count - 1 do
            table.Add(names.Buffer, names.Start name, names.Length name, 0, name, 1u, ValueKind.Value)

    /// The number of a name, in the order in which they were given; -1 when it is not in the set.
    member _.IndexOf(name: ReadOnlySpan<byte>) : int =
        let found = table.Find(name, ValueTable.Hash name, 1u, ValueKind.Value)
        if found < 0 then -1 else (table.Entry found).Entry

    member _.Contains(name: ReadOnlySpan<byte>) : bool =
        table.Find(name, ValueTable.Hash name, 1u, ValueKind.Value) >= 0

    /// How many names were given.
    member _.Count = names.Count

[<RequireQualifiedAccess>]
module internal NameTable =
    /// The set of the words of some texts, parted by single blanks.
    let ofTexts (texts: string list) : NameTable =
        let names = TextColumn(1024, 8)

        for text in texts do
            for word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries) do
                names.Add(ReadOnlySpan<byte>(Encoding.UTF8.GetBytes word))

        NameTable names

    /// Whether the set holds a name, spelled exactly so.
    let contains (table: NameTable) (name: ReadOnlySpan<byte>) : bool = table.Contains name
