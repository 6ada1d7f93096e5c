// The file of one MISP event, made of the file that was there before and of what holds now: what has not changed stays as it was, byte for byte and
// with its time; what is gone stays as deleted, so that whoever fetched it before takes it out. Knows the lines of its own files only.
namespace Cti.Core

open System
open System.Buffers.Text
open System.Collections.Generic

/// The attributes an event holds now: id, and the text from its type on.
[<Sealed; AllowNullLiteral(false)>]
type MispAttributeList() =
    let bodies = Utf8Writer 4096
    let ids = List<Uuid>()
    let ends = List<int>()
    let mutable order: int[] = Array.empty

    member _.Count = ids.Count
    /// Bytes of all texts.
    member _.Size = bodies.Length

    member _.Add(id: Uuid, body: ReadOnlySpan<byte>) : unit =
        bodies.Bytes body
        ids.Add id
        ends.Add bodies.Length

    /// Puts them in the order of their ids.
    member _.Sort() : unit =
        order <- Array.init ids.Count id
        Array.Sort(ids.ToArray(), order)

    /// Of the sorted list.
    member _.Id(place: int) : Uuid = ids[order[place]]

    /// Of the sorted list; valid until the next `Add`.
    member _.Body(place: int) : ReadOnlySpan<byte> =
        let at = order[place]
        let from = if at = 0 then 0 else ends[at - 1]
        bodies.Written.Slice(from, ends[at] - from)

    member _.Clear() : unit =
        bodies.Clear()
        ids.Clear()
        ends.Clear()

/// What became of an event's file.
[<Struct>]
type MispMerge =
    {
        /// It is not what it was; the new content is in the writer.
        IsChanged: bool
        /// When it last changed, in seconds since 1970.
        Seconds: int64
        /// Attributes in it that hold.
        Held: int
        /// Attributes in it that are marked as deleted.
        Deleted: int
    }

[<Struct>]
type private OldAttribute =
    {
        Id: Uuid
        Seconds: int64
        IsDeleted: bool
        /// From the type on.
        Start: int
        End: int
    }

/// Writes event files. One per output; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type MispEventFile(printer: MispPrinter) =
    static let eventStart = "{\"Event\":{\"uuid\":\""B
    static let timestamp = "\",\"timestamp\":\""B
    static let published = "\",\"publish_timestamp\":\""B
    static let headEnd = ",\"Attribute\":["B
    static let attributeStart = "{\"uuid\":\""B
    static let isThere = "\",\"deleted\":false,"B
    static let isGone = "\",\"deleted\":true,"B
    static let attributeNext = ",\n"B
    static let closing = "\n]}}\n"B
    static let dateStart = ",\"date\":\""B
    static let dateText = "-0123456789"B
    static let idLength = 36
    static let lastSeen = "\",\"last_seen\":\""B
    static let timeLength = 32

    // A list that is read daily sees everything again daily: an event that followed would never rest, and all its readers fetch it each day.
    static let daysBehind = 7L

    static let dayAt (body: ReadOnlySpan<byte>) (at: int) : int64 =
        match DateOnly.TryParseExact(Text.Encoding.ASCII.GetString(body.Slice(at, 10)), "yyyy-MM-dd") with
        | true, day -> int64 day.DayNumber
        | _ -> 0L

    /// Whether nothing has changed that is worth telling: `last_seen` alone may be some days behind. A quote inside a text is escaped, so its name
    /// between quotes stands nowhere else.
    static let isSame (said: ReadOnlySpan<byte>) (body: ReadOnlySpan<byte>) : bool =
        if said.SequenceEqual body then
            true
        else
            let name = body.IndexOf(ReadOnlySpan<byte> lastSeen)
            let at = name + lastSeen.Length

            name >= 0
            && said.Length = body.Length
            && body.Length >= at + timeLength
            && said.Slice(0, at).SequenceEqual(body.Slice(0, at))
            && said.Slice(at + timeLength).SequenceEqual(body.Slice(at + timeLength))
            && abs (dayAt body at - dayAt said at) < daysBehind

    let lines = Utf8Writer 4096
    let head = Utf8Writer 512
    let old = List<OldAttribute>()
    let mutable oldSeconds = -1L
    let mutable oldHeadStart = 0
    let mutable oldHeadEnd = 0
    let mutable held = 0
    let mutable deleted = 0

    /// Takes a known text off the front of what stands from `at` to `until`; -1 where it does not stand there.
    let behind (bytes: ReadOnlySpan<byte>) (at: int) (until: int) (text: byte[]) : int =
        if
            at >= 0
            && until - at >= text.Length
            && bytes.Slice(at, text.Length).SequenceEqual(ReadOnlySpan<byte> text)
        then
            at + text.Length
        else
            -1

    let idAt (bytes: ReadOnlySpan<byte>) (at: int) (until: int) (id: byref<Uuid>) : int =
        let mutable found = Guid.Empty
        let mutable used = 0

        if
            at >= 0
            && until - at >= idLength
            && Utf8Parser.TryParse(bytes.Slice(at, idLength), &found, &used, 'D')
        then
            id <- Uuid.ofGuid found
            at + idLength
        else
            -1

    let secondsAt (bytes: ReadOnlySpan<byte>) (at: int) (until: int) (seconds: byref<int64>) : int =
        let mutable used = 0

        if
            at >= 0
            && until > at
            && Utf8Parser.TryParse(bytes.Slice(at, until - at), &seconds, &used)
            && seconds >= 0L
        then
            at + used
        else
            -1

    let readHead (bytes: ReadOnlySpan<byte>) (until: int) =
        let mutable id = Uuid.Zero
        let mutable seconds = 0L
        let mutable again = 0L
        let at = behind bytes 0 until eventStart
        let at = idAt bytes at until &id
        let at = behind bytes at until timestamp
        let at = secondsAt bytes at until &seconds
        let at = behind bytes at until published
        let at = secondsAt bytes at until &again

        if
            at >= 0
            && until - at > headEnd.Length + 2
            && (bytes.Slice(at, until - at)).EndsWith(ReadOnlySpan<byte> headEnd)
        then
            oldSeconds <- seconds
            // Behind the quote and the comma.
            oldHeadStart <- at + 2
            oldHeadEnd <- until - headEnd.Length

    let readAttribute (bytes: ReadOnlySpan<byte>) (start: int) (until: int) =
        let mutable id = Uuid.Zero
        let mutable seconds = 0L
        let at = behind bytes start until attributeStart
        let at = idAt bytes at until &id
        let at = behind bytes at until timestamp
        let at = secondsAt bytes at until &seconds
        let there = behind bytes at until isThere
        let gone = behind bytes at until isGone

        if there >= 0 || gone >= 0 then
            old.Add
                {
                    Id = id
                    Seconds = seconds
                    IsDeleted = gone >= 0
                    Start = max there gone
                    End = until
                }

    /// Reads the file that was there. Lines that are none of ours say nothing.
    let readOld (bytes: ReadOnlySpan<byte>) =
        old.Clear()
        oldSeconds <- -1L
        oldHeadStart <- 0
        oldHeadEnd <- 0
        let mutable at = 0
        let mutable number = 0

        while at < bytes.Length do
            let stop = bytes.Slice(at).IndexOf '\n'B
            let until = if stop < 0 then bytes.Length else at + stop

            if number = 0 then
                readHead bytes until
            elif until > at && bytes[until - 1] = ','B then
                readAttribute bytes at (until - 1)
            else
                readAttribute bytes at until

            number <- number + 1
            at <- until + 1

        // As they were written; a file that somebody changed may have them otherwise.
        old.Sort(Comparison(fun left right -> compare left.Id right.Id))

    let writeLine (id: Uuid) (seconds: int64) (isDeleted: bool) (body: ReadOnlySpan<byte>) =
        if held + deleted > 0 then
            lines.Bytes(ReadOnlySpan<byte> attributeNext)

        if isDeleted then
            deleted <- deleted + 1
        else
            held <- held + 1

        printer.WriteStart(id, seconds, isDeleted, lines)
        lines.Bytes body

    // What is gone: as it was, deleted since it was not there any more.
    let writeGone (bytes: ReadOnlySpan<byte>) (was: OldAttribute) (now: int64) =
        let seconds =
            if was.IsDeleted then
                was.Seconds
            else
                max now (was.Seconds + 1L)

        writeLine was.Id seconds true (bytes.Slice(was.Start, was.End - was.Start))

    let merge (bytes: ReadOnlySpan<byte>) (fresh: MispAttributeList) (now: int64) =
        lines.Clear()
        held <- 0
        deleted <- 0
        fresh.Sort()
        let mutable place = 0
        let mutable was = 0

        while place < fresh.Count || was < old.Count do
            if place = fresh.Count || (was < old.Count && old[was].Id < fresh.Id place) then
                // Of one id twice, in a file that somebody changed, the first counts.
                if was = 0 || old[was].Id <> old[was - 1].Id then
                    writeGone bytes old[was] now

                was <- was + 1
            else
                let id = fresh.Id place
                let body = fresh.Body place

                if was < old.Count && old[was].Id = id then
                    let before = old[was]
                    let said = bytes.Slice(before.Start, before.End - before.Start)
                    let isKept = not before.IsDeleted && isSame said body

                    if isKept then
                        writeLine id before.Seconds false said
                    else
                        writeLine id (max now (before.Seconds + 1L)) false body

                    while was < old.Count && old[was].Id = id do
                        was <- was + 1
                else
                    writeLine id now false body

                place <- place + 1

    let write (id: Uuid) (seconds: int64) (target: Utf8Writer) =
        target.Clear()
        target.Bytes(ReadOnlySpan<byte> eventStart)
        Uuid.write id target
        target.Bytes(ReadOnlySpan<byte> timestamp)
        target.Int seconds
        target.Bytes(ReadOnlySpan<byte> published)
        target.Int seconds
        target.Byte '"'B
        target.Byte ','B
        target.Bytes head.Written
        target.Bytes(ReadOnlySpan<byte> headEnd)
        target.Byte '\n'B
        target.Bytes lines.Written
        target.Bytes(ReadOnlySpan<byte> closing)

    /// The day an event file says it is of, yyyy-MM-dd; empty where it is none of ours.
    static member DateOf(file: ReadOnlySpan<byte>) : string =
        let start = file.Slice(0, min file.Length 256)

        match start.IndexOf(ReadOnlySpan<byte> dateStart) with
        | at when
            at > 0
            && start.Length >= at + dateStart.Length + 10
            && (start.Slice(at + dateStart.Length, 10)).IndexOfAnyExcept(ReadOnlySpan<byte> dateText) < 0
            ->
            Text.Encoding.ASCII.GetString(start.Slice(at + dateStart.Length, 10))
        | _ -> ""

    /// The event's members between times and attributes, as the last `Merge` wrote them.
    member _.Head: ReadOnlySpan<byte> = head.Written

    /// Writes the event `id` to `target` (cleared). `before`: the file that is there, empty where there is none. `about`: what the event says of
    /// itself; none where nothing in it holds any more, and it goes on saying what it said: then there is a file. `now`: seconds since 1970.
    member _.Merge
        (
            id: Uuid,
            before: ReadOnlySpan<byte>,
            fresh: MispAttributeList,
            about: MispEventHead voption,
            now: int64,
            target: Utf8Writer
        ) : MispMerge =
        readOld before
        merge before fresh now
        head.Clear()

        match about with
        | ValueSome about -> printer.WriteHead(about, head)
        | ValueNone -> head.Bytes(before.Slice(oldHeadStart, oldHeadEnd - oldHeadStart))

        write id (max 0L oldSeconds) target
        let isChanged = not (before.SequenceEqual target.Written)
        let seconds = if isChanged then max now (oldSeconds + 1L) else oldSeconds

        if isChanged then
            write id seconds target

        {
            IsChanged = isChanged
            Seconds = seconds
            Held = held
            Deleted = deleted
        }
