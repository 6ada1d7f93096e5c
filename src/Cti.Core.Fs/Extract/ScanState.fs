// The text under the scanner, the candidate being put together from it, and the door to the normaliser. Mutable and reused: one per worker.
namespace Cti.Core

open System

/// Shared by the scanner's parts. Positions are indexes into `Text`; bytes outside of the segment read as NUL.
[<Sealed; AllowNullLiteral(false)>]
type internal ScanState(found: Matches) =
    let mutable text: byte[] = Array.empty
    let mutable start = 0
    let mutable finish = 0
    let clean: byte[] = Array.zeroCreate (Normalise.MaxLength + 64)
    let mutable length = 0
    let mutable isFull = false
    let target: byte[] = Array.zeroCreate (Normalise.bound Normalise.MaxLength)

    /// Begins a segment; nothing outside of it is looked at.
    member _.Open(bytes: byte[], from: int, until: int) =
        text <- bytes
        start <- from
        finish <- until

    member _.Text = text
    member _.Start = start
    member _.Finish = finish
    member _.Found = found
    /// Hosts are expected in this segment: a name that could be a file's is a host's.
    member val ExpectsHosts = false with get, set
    /// What a bare hash of this segment is; `None`: what its length says.
    member val Meaning = Meaning.None with get, set

    member _.At(at: int) : byte =
        if at < finish && at >= start then text[at] else 0uy

    /// Whether a word's byte stands at `at`.
    member _.IsWord(at: int) : bool =
        at < finish
        && at >= start
        && (let flags = ByteClass.table[int text[at]] in

            flags &&& ByteClass.Word <> 0uy
            && (flags &&& ByteClass.Lead = 0uy
                || ByteClass.wordRune (ReadOnlySpan<byte>(text, at, finish - at)) > 0))

    /// Where the word that begins at `at` ends; `flags`: the classes that all of its bytes have.
    member _.WordEnd(at: int, flags: byref<byte>) : int =
        let table = ByteClass.table
        let mutable all = 0xFFuy
        let mutable at = at
        let mutable more = true

        while more do
            if at >= finish then
                more <- false
            else
                let current = table[int text[at]]

                if current &&& (ByteClass.Word ||| ByteClass.Lead) = ByteClass.Word then
                    all <- all &&& current
                    at <- at + 1
                elif current &&& ByteClass.Word <> 0uy then
                    let size = ByteClass.wordRune (ReadOnlySpan<byte>(text, at, finish - at))

                    if size = 0 then
                        more <- false
                    else
                        all <- 0uy
                        at <- at + size
                else
                    more <- false

        flags <- all
        at

    /// Whether the text at `at` begins with the lower-case `word`, in any case.
    member _.Follows(at: int, word: byte[]) : bool =
        at >= start
        && at < finish
        && Text.startsWithLower (ReadOnlySpan<byte>(text, at, finish - at)) word

    // The candidate ---------------------------------------------------------------------------------------------------------------------

    /// Bytes put together so far.
    member _.Length = length

    /// The candidate grew beyond what any value may have: it is none.
    member _.IsFull = isFull

    member _.Clear() =
        length <- 0
        isFull <- false

    member _.Truncate(size: int) = length <- size

    member _.Append(value: byte) =
        if length < Normalise.MaxLength then
            clean[length] <- value
            length <- length + 1
        else
            isFull <- true

    /// Copies `[from, until)` of the text.
    member _.Copy(from: int, until: int) =
        let size = until - from

        if length + size <= Normalise.MaxLength then
            Array.Copy(text, from, clean, length, size)
            length <- length + size
        else
            isFull <- true

    member _.Append(value: byte[]) =
        for at in 0 .. value.Length - 1 do
            if length < Normalise.MaxLength then
                clean[length] <- value[at]
                length <- length + 1

    member _.Clean(from: int, until: int) =
        ReadOnlySpan<byte>(clean, from, until - from)

    member _.Candidate = ReadOnlySpan<byte>(clean, 0, length)

    /// Keeps `[from, until)` of the candidate as a match of `[first, last)` of the text, when the normaliser takes it.
    member _.Emit
        (observable: ObservableType, from: int, until: int, first: int, last: int, traits: MatchTraits)
        : bool =
        if isFull then
            false
        else
            let value = ReadOnlySpan<byte>(clean, from, until - from)
            let written = Normalise.into (TypeHint.Fixed observable) value (Span<byte> target)

            if written.Error.IsNone then
                found.Add(observable, first, last, ReadOnlySpan<byte>(target, 0, written.Length), traits)
                true
            else
                false

    /// The same for the whole candidate.
    member this.Emit(observable: ObservableType, first: int, last: int, traits: MatchTraits) : bool =
        this.Emit(observable, 0, length, first, last, traits)
