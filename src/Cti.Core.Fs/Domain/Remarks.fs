// What a source says in words: descriptions and references of a batch's rows. Most batches have none, and then hold nothing and cost nothing.
namespace Cti.Core

open System
open System.Buffers

/// The references of one row as one text: http(s) addresses, each once, sorted by their bytes, one a line.
[<RequireQualifiedAccess>]
module References =
    /// How many a claim keeps.
    let most = 16
    let private separator = '\n'B
    let private maxAddress = 2048
    let private http = "http://"B
    let private https = "https://"B

    // RFC 3986 §2: everything else in an address has to be percent-encoded.
    let private addressText =
        SearchValues.Create(
            ReadOnlySpan<byte> "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%"B
        )

    /// Whether a text is an address of http or https (RFC 3986) with a host, of at most 2,048 bytes.
    let isAddress (text: ReadOnlySpan<byte>) : bool =
        let start =
            if text.StartsWith(ReadOnlySpan<byte> https) then
                https.Length
            elif text.StartsWith(ReadOnlySpan<byte> http) then
                http.Length
            else
                -1

        start > 0
        && text.Length > start
        && text.Length <= maxAddress
        && text[start] <> '/'B
        && text.IndexOfAnyExcept addressText < 0

    /// The first of the list; empty where there is none.
    let first (list: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        match list.IndexOf separator with
        | -1 -> list
        | at -> list.Slice(0, at)

    /// What stands behind the first one.
    let behind (list: ReadOnlySpan<byte>) : ReadOnlySpan<byte> =
        match list.IndexOf separator with
        | -1 -> ReadOnlySpan<byte>.Empty
        | at -> list.Slice(at + 1)

    /// Writes the union of two lists: of all their references the first sixteen by their bytes. To keep the smallest of a union is
    /// commutative, associative and idempotent, so order of arrival cannot matter.
    let union (left: ReadOnlySpan<byte>) (right: ReadOnlySpan<byte>) (target: Utf8Writer) : unit =
        let mutable left = left
        let mutable right = right
        let mutable count = 0

        while count < most && left.Length + right.Length > 0 do
            let one = first left
            let other = first right

            let order =
                if other.Length = 0 then -1
                elif one.Length = 0 then 1
                else one.SequenceCompareTo other

            if count > 0 then
                target.Byte separator

            target.Bytes(if order <= 0 then one else other)
            count <- count + 1

            if order <= 0 then
                left <- behind left

            if order >= 0 then
                right <- behind right

/// Descriptions and references by row. Rows may share one entry, so that a text many rows have is held once. Not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type Remarks() =
    let text = Utf8Writer 16
    // Per row the number of its entry from 1; 0: it has none.
    let mutable entryOf: int[] = Array.empty
    let mutable lastRow = -1
    let mutable count = 0
    let mutable descriptionStart: int[] = Array.empty
    let mutable descriptionLength: int[] = Array.empty
    let mutable referencesStart: int[] = Array.empty
    let mutable referencesLength: int[] = Array.empty
    let mutable describedAt: Timestamp[] = Array.empty

    let claim row =
        if row >= entryOf.Length then
            Array.Resize(&entryOf, max 64 (max (row + 1) (entryOf.Length * 2)))

        lastRow <- max lastRow row

    // The row's own entry, made where it has none.
    let own row =
        claim row

        if entryOf[row] = 0 then
            if count = descriptionStart.Length then
                let size = max 16 (count * 2)
                Array.Resize(&descriptionStart, size)
                Array.Resize(&descriptionLength, size)
                Array.Resize(&referencesStart, size)
                Array.Resize(&referencesLength, size)
                Array.Resize(&describedAt, size)

            descriptionStart[count] <- 0
            descriptionLength[count] <- 0
            referencesStart[count] <- 0
            referencesLength[count] <- 0
            describedAt[count] <- Timestamp.none
            count <- count + 1
            entryOf[row] <- count

        entryOf[row] - 1

    let entry row =
        if row < entryOf.Length then entryOf[row] - 1 else -1

    /// Whether no row has anything.
    member _.IsEmpty = (count = 0)
    /// The bytes `DescriptionStart` and `ReferencesStart` point into, for bulk writers; valid until the next change.
    member _.Bytes = text.WrittenMemory
    /// Bytes held.
    member _.Size = text.Length

    /// Number of the row's entry from 0, -1 where it has none: rows with the same number share it.
    member _.Entry(row: int) = entry row

    member _.DescriptionStart(row: int) =
        match entry row with
        | -1 -> 0
        | at -> descriptionStart[at]

    /// Empty where the row has no description.
    member this.Description(row: int) : ReadOnlySpan<byte> =
        match entry row with
        | -1 -> ReadOnlySpan<byte>.Empty
        | at -> text.Written.Slice(descriptionStart[at], descriptionLength[at])

    /// When that was said; `Timestamp.none` where the row has no description, or nobody asks.
    member _.DescribedAt(row: int) : Timestamp =
        match entry row with
        | -1 -> Timestamp.none
        | at -> describedAt[at]

    member _.ReferencesStart(row: int) =
        match entry row with
        | -1 -> 0
        | at -> referencesStart[at]

    /// As `References` says; empty where the row has none.
    member _.References(row: int) : ReadOnlySpan<byte> =
        match entry row with
        | -1 -> ReadOnlySpan<byte>.Empty
        | at -> text.Written.Slice(referencesStart[at], referencesLength[at])

    /// Sets a row's description; must not lie in this object. Rows that share its entry get it too.
    member _.Describe(row: int, description: ReadOnlySpan<byte>, at: Timestamp) : unit =
        let entry = own row
        descriptionStart[entry] <- text.Length
        descriptionLength[entry] <- description.Length
        describedAt[entry] <- at
        text.Bytes description

    /// Notes that a row's description was said at a later time too.
    member _.SaidAgain(row: int, at: Timestamp) : unit =
        let entry = own row
        describedAt[entry] <- max describedAt[entry] at

    /// Sets a row's references, which must not lie in this object. Rows that share its entry get them too.
    member _.Refer(row: int, references: ReadOnlySpan<byte>) : unit =
        let entry = own row
        referencesStart[entry] <- text.Length
        referencesLength[entry] <- references.Length
        text.Bytes references

    /// Gives a row that has nothing the entry of another.
    member _.Share(row: int, other: int) : unit =
        claim row
        entryOf[row] <- entryOf[other]

    /// Gives a row that has nothing what a row of another object has.
    member this.CopyFrom(row: int, other: Remarks, otherRow: int, at: Timestamp) : unit =
        if other.Entry otherRow >= 0 then
            let description = other.Description otherRow

            if description.Length > 0 then
                this.Describe(row, description, at)

            let references = other.References otherRow

            if references.Length > 0 then
                this.Refer(row, references)

    member _.Clear() : unit =
        if lastRow >= 0 then
            Array.Clear(entryOf, 0, lastRow + 1)

        lastRow <- -1
        count <- 0
        text.Clear()
