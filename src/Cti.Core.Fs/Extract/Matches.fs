// What the scanner found, before anything is said of its role: types, slices of the text, canonical values.
namespace Cti.Core

open System

/// What else the scanner saw of a match.
[<Flags>]
type internal MatchTraits =
    | None = 0
    /// Written so that nobody clicks on it.
    | Defanged = 1
    /// May be something else (a name in a program, a sentence's end): needs a witness.
    | Doubtful = 2
    /// The words around it say what it is.
    | Announced = 4

[<RequireQualifiedAccess>]
module internal MatchTraits =
    /// What its spelling says of a match.
    let ofSpelling (isDefanged: bool) : MatchTraits =
        if isDefanged then
            MatchTraits.Defanged
        else
            MatchTraits.None

/// Matches in the order in which they were found. Cleared and filled again, text after text.
[<Sealed; AllowNullLiteral(false)>]
type internal Matches() =
    let mutable types: ObservableType[] = Array.zeroCreate 64
    let mutable starts: int[] = Array.zeroCreate 64
    let mutable ends: int[] = Array.zeroCreate 64
    let mutable traits: MatchTraits[] = Array.zeroCreate 64
    let mutable count = 0

    /// The canonical value of each match.
    member val Values = TextColumn(64, 32)
    member _.Count = count
    member _.Type(index: int) = types[index]
    /// First byte of the match in the text.
    member _.Start(index: int) = starts[index]
    /// The byte behind its last.
    member _.End(index: int) = ends[index]
    member _.Traits(index: int) = traits[index]

    member _.Has(index: int, trait': MatchTraits) =
        traits[index] &&& trait' <> MatchTraits.None

    member this.Add(observable: ObservableType, start: int, finish: int, value: ReadOnlySpan<byte>, seen: MatchTraits) =
        if count = types.Length then
            Array.Resize(&types, count * 2)
            Array.Resize(&starts, count * 2)
            Array.Resize(&ends, count * 2)
            Array.Resize(&traits, count * 2)

        types[count] <- observable
        starts[count] <- start
        ends[count] <- finish
        traits[count] <- seen
        this.Values.Add value
        count <- count + 1

    /// Takes the last match back.
    member this.RemoveLast() =
        count <- count - 1
        this.Values.RemoveLast()

    member this.Clear() =
        count <- 0
        this.Values.Clear()
