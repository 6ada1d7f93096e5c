// Response policy zones (draft-vixie-dnsop-dns-rpz) in the text form of zone files (RFC 1035 §5): which names and addresses a resolver is
// told to answer differently for.
namespace Cti.Core

open System
open System.Globalization
open System.Text

/// Cuts a resource record into what it lists and how. Names count from the zone's apex: the owner of its SOA record, else the first
/// `$ORIGIN`. Directives, SOA, NS and DNSSEC records, `rpz-passthru.` and what the apex itself owns list nothing. Between parentheses lines
/// go on; what a record lists stands on its first line.
///
/// `resume` is what `Resume` gave where an earlier reading stopped: apex, origin, last owner, open parentheses.
[<Sealed; AllowNullLiteral(false)>]
type internal ZoneCutter(resume: string[]) =
    static let columns = [| "value"; "owner"; "wildcard"; "trigger"; "action"; "data" |]
    static let classes = Scan.table [ "in"; "ch"; "hs"; "cs" ]

    static let types =
        Scan.table
            [
                "cname"
                "a"
                "aaaa"
                "txt"
                "mx"
                "srv"
                "ptr"
                "dname"
                "naptr"
                "svcb"
                "https"
                "caa"
                "spf"
                "hinfo"
                "loc"
                "tlsa"
                "sshfp"
            ]

    // Records about the zone itself.
    static let structure =
        Scan.table
            [
                "soa"
                "ns"
                "rrsig"
                "nsec"
                "nsec3"
                "nsec3param"
                "dnskey"
                "ds"
                "cds"
                "cdnskey"
                "zonemd"
            ]

    static let triggers =
        Scan.table [ ".rpz-ip"; ".rpz-nsip"; ".rpz-nsdname"; ".rpz-client-ip" ]

    // Indices of `triggers`.
    static let ip, nsIp, clientIp = 0, 1, 3
    static let triggerNames = Scan.table [ "ip"; "nsip"; "nsdname" ]
    static let qname = "qname"B
    static let targets = Scan.table [ "."; "*."; "rpz-drop."; "rpz-tcp-only." ]
    static let actions = Scan.table [ "nxdomain"; "nodata"; "drop"; "tcp_only" ]
    static let passthru = "rpz-passthru."B
    static let dataWord = "data"B
    static let cnameWord = "cname"B
    static let yes = "true"B
    static let includes = Scan.table [ "$include"; "$generate" ]
    static let originWord = "$origin"B
    static let ttlWord = "$ttl"B
    static let everySub = "*."B
    static let fault error = Line.Faulty(ReadError.Syntax error)

    static let bytesAt index (texts: string[]) =
        if index < texts.Length then
            Encoding.Latin1.GetBytes texts[index]
        else
            [||]

    // Mutable state of the pass: what earlier lines said that later ones depend on. Names without their last dot; empty: not known.
    let mutable apex = bytesAt 0 resume
    let mutable origin = bytesAt 1 resume
    let owner = Utf8Writer 256

    let mutable depth =
        match resume with
        | [| _; _; _; text |] ->
            match Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
            | true, open' -> open'
            | _ -> 0
        | _ -> 0

    do
        // Pass of a resumed reading: the owner that lines without one inherit.
        owner.Bytes(ReadOnlySpan<byte>(bytesAt 2 resume))

    let name = Utf8Writer 256
    // Words of the line: places in the block.
    let starts = Array.zeroCreate<int> 8
    let ends = Array.zeroCreate<int> 8
    let mutable words = 0
    let mutable textEnd = 0

    static let sameName (left: ReadOnlySpan<byte>) (right: ReadOnlySpan<byte>) = Ascii.EqualsIgnoreCase(left, right)

    static let withoutDot (text: ReadOnlySpan<byte>) =
        if text.Length > 0 && text[text.Length - 1] = '.'B then
            text.Slice(0, text.Length - 1)
        else
            text

    // Ends in a dot that is no escaped one.
    static let isAbsolute (text: ReadOnlySpan<byte>) =
        text.Length > 0
        && text[text.Length - 1] = '.'B
        && (text.Length = 1 || text[text.Length - 2] <> '\\'B)

    /// Finds the line's words, counts its parentheses and leaves out its comment. Only the first words are kept.
    let split (block: byte[]) (first: int) (last: int) =
        let mutable at = first
        let mutable going = true
        words <- 0
        textEnd <- first

        while going && at < last do
            let value = block[at]

            if CommentMarks.IsBlank value then
                at <- at + 1
            elif value = ';'B then
                going <- false
            elif value = '('B then
                depth <- depth + 1
                at <- at + 1
            elif value = ')'B then
                depth <- max 0 (depth - 1)
                at <- at + 1
            else
                let start = at

                if value = '"'B then
                    at <- at + 1

                    while at < last && block[at] <> '"'B do
                        at <- if block[at] = '\\'B then at + 2 else at + 1

                    at <- min last (at + 1)
                else
                    while at < last
                          && not (CommentMarks.IsBlank block[at])
                          && block[at] <> ';'B
                          && block[at] <> '('B
                          && block[at] <> ')'B do
                        at <- if block[at] = '\\'B then at + 2 else at + 1

                    at <- min last at

                if words < starts.Length then
                    starts[words] <- start
                    ends[words] <- at
                    words <- words + 1

                textEnd <- at

    /// A name made absolute, without its last dot.
    let absolute (text: ReadOnlySpan<byte>) : byte[] =
        if text.Length = 1 && text[0] = '@'B then
            origin
        elif isAbsolute text then
            (withoutDot text).ToArray()
        elif origin.Length = 0 then
            text.ToArray()
        else
            name.Clear()
            name.Bytes text
            name.Byte '.'B
            name.Bytes(ReadOnlySpan<byte> origin)
            name.Written.ToArray()

    /// Writes a name as it counts from the apex to `name`; false where it does not lie below. Empty: the apex itself.
    let relativeToApex (text: ReadOnlySpan<byte>) : bool =
        name.Clear()

        if text.Length = 1 && text[0] = '@'B then
            name.Bytes(ReadOnlySpan<byte> origin)
        elif isAbsolute text then
            name.Bytes(withoutDot text)
        else
            name.Bytes text

            if origin.Length > 0 then
                name.Byte '.'B
                name.Bytes(ReadOnlySpan<byte> origin)

        let full = name.Written

        if apex.Length = 0 then
            true
        elif sameName full (ReadOnlySpan<byte> apex) then
            name.Clear()
            true
        elif
            full.Length > apex.Length + 1
            && full[full.Length - apex.Length - 1] = '.'B
            && sameName (full.Slice(full.Length - apex.Length)) (ReadOnlySpan<byte> apex)
        then
            name.Truncate(full.Length - apex.Length - 1)
            true
        else
            false

    let directive (block: byte[]) (first: int) : Line =
        let word = ReadOnlySpan<byte>(block, first, ends[0] - first)

        if Scan.indexOf includes word >= 0 then
            fault SyntaxError.ZoneDirective
        elif Scan.isWordOf word originWord && words > 1 then
            origin <- absolute (ReadOnlySpan<byte>(block, starts[1], ends[1] - starts[1]))

            if apex.Length = 0 then
                apex <- origin

            Line.Structure
        elif Scan.isWordOf word ttlWord then
            Line.Structure
        else
            fault SyntaxError.ZoneEntry

    // `300`, `1h30m`: a time to live.
    let isTtl (text: ReadOnlySpan<byte>) =
        let mutable at = 0

        while at < text.Length
              && (text[at] - '0'B <= 9uy
                  || (text[at] ||| 0x20uy) = 's'B
                  || (text[at] ||| 0x20uy) = 'm'B
                  || (text[at] ||| 0x20uy) = 'h'B
                  || (text[at] ||| 0x20uy) = 'd'B
                  || (text[at] ||| 0x20uy) = 'w'B) do
            at <- at + 1

        at = text.Length && text[0] - '0'B <= 9uy

    let addText (batch: RawBatch) (text: byte[]) =
        let from = batch.Scratch.Length
        batch.Scratch.Bytes(ReadOnlySpan<byte> text)
        batch.AddScratch from

    // The index of the trigger `labels` ends in, -1 for a name that is asked for.
    let triggerOf (labels: ReadOnlySpan<byte>) : int =
        let mutable found = -1

        for index in 0 .. triggers.Length - 1 do
            let suffix = triggers[index]

            if
                labels.Length > suffix.Length
                && Scan.isWordOf (labels.Slice(labels.Length - suffix.Length)) suffix
            then
                found <- index

        found

    /// Adds `value` and `owner` of the name in `name`, then what the record says of it.
    let record (batch: RawBatch) (kind: int) (dataStart: int) : Line =
        let block = batch.Bytes
        let full = name.Written
        let wildcard = full.StartsWith(ReadOnlySpan<byte> everySub)
        let labels = if wildcard then full.Slice 2 else full
        let trigger = triggerOf labels

        let inner =
            if trigger >= 0 then
                labels.Slice(0, labels.Length - triggers[trigger].Length)
            else
                labels

        let dataEnd = max dataStart textEnd
        let target = ReadOnlySpan<byte>(block, dataStart, dataEnd - dataStart)
        let from = batch.Scratch.Length

        if trigger = clientIp then
            fault SyntaxError.ZoneClient
        elif kind = 0 && (Scan.isWordOf target passthru || sameName (withoutDot target) full) then
            Line.Structure
        elif
            (trigger = ip || trigger = nsIp)
            && not (ZoneName.tryAddress inner batch.Scratch)
        then
            fault SyntaxError.ZoneAddress
        elif
            not (trigger = ip || trigger = nsIp)
            && not (ZoneName.unescape inner batch.Scratch)
        then
            fault SyntaxError.ZoneEntry
        elif full.Length = 0 || (full.Length = 1 && full[0] = '*'B) then
            Line.Structure
        elif dataStart >= textEnd then
            fault SyntaxError.ZoneEntry
        else
            batch.AddScratch from
            let ownerFrom = batch.Scratch.Length
            batch.Scratch.Bytes labels
            batch.AddScratch ownerFrom

            if wildcard then addText batch yes else batch.AddField(0, 0)

            addText batch (if trigger < 0 then qname else triggerNames[trigger])
            let action = if kind = 0 then Scan.indexOf targets target else -1

            addText
                batch
                (if action >= 0 then actions[action]
                 elif kind = 0 then cnameWord
                 else dataWord)

            if action >= 0 then
                batch.AddField(0, 0)
            else
                batch.AddField(dataStart, dataEnd)

            Line.Record

    /// Takes the record whose owner stands in `owner` and whose other words begin with word `next`.
    let entry (batch: RawBatch) (next: int) : Line =
        let block = batch.Bytes
        let mutable word = next
        let mutable going = true

        while going && word < words do
            let text = ReadOnlySpan<byte>(block, starts[word], ends[word] - starts[word])
            going <- Scan.indexOf classes text >= 0 || isTtl text

            if going then
                word <- word + 1

        if word >= words then
            fault SyntaxError.ZoneEntry
        else
            let text = ReadOnlySpan<byte>(block, starts[word], ends[word] - starts[word])
            let about = Scan.indexOf structure text
            let kind = Scan.indexOf types text

            if about = 0 then
                apex <- absolute owner.Written

                if origin.Length = 0 then
                    origin <- apex

                Line.Structure
            elif about > 0 then
                Line.Structure
            elif kind < 0 then
                fault SyntaxError.ZoneEntry
            elif not (relativeToApex owner.Written) then
                fault SyntaxError.ZoneOwner
            else
                // Of a CNAME the target; of local data the type and what follows.
                let dataStart =
                    if kind > 0 then starts[word]
                    elif word + 1 < words then starts[word + 1]
                    else textEnd

                record batch kind dataStart

    interface ILineCutter with
        member _.Columns = columns

        member _.Resume =
            [|
                Encoding.Latin1.GetString apex
                Encoding.Latin1.GetString origin
                Encoding.Latin1.GetString owner.Written
                depth.ToString CultureInfo.InvariantCulture
            |]

        member _.Cut(batch, start, first, last) =
            let block = batch.Bytes
            let goesOn = depth > 0
            split block first last

            if goesOn || words = 0 then
                Line.Structure
            elif first = start && block[first] = '$'B then
                directive block first
            elif first = start then
                owner.Clear()
                owner.Bytes(ReadOnlySpan<byte>(block, starts[0], ends[0] - starts[0]))
                entry batch 1
            elif owner.Length = 0 then
                fault SyntaxError.ZoneEntry
            else
                entry batch 0
