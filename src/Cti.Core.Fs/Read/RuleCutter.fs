// Rules of the network intrusion detection systems Suricata and Snort, as lists of the hosts, paths and addresses they look for.
namespace Cti.Core

open System

/// Cuts a rule into what it is and what it names. A rule that names no host and no address, and a `pass` rule, list nothing.
[<Sealed; AllowNullLiteral(false)>]
type internal RuleCutter() =
    static let columns =
        [|
            "value"
            "host"
            "uri"
            "address"
            "action"
            "protocol"
            "sid"
            "rev"
            "msg"
            "classtype"
            "reference"
            "metadata"
        |]

    static let pass = "pass"B

    // Options whose value is a field as it stands; in the order of their columns, from `sid` on.
    static let plain = Scan.table [ "sid"; "rev"; "msg"; "classtype" ]
    static let reference = "reference"B
    static let metadata = "metadata"B
    static let content = "content"B

    static let hostHeader = "host"B
    static let fault error = Line.Faulty(ReadError.Syntax error)

    // Mutable state of one rule, reused: its options' values and its contents, decoded into `texts`.
    let rule = RuleLine()
    let texts = Utf8Writer 1024
    let starts = Array.zeroCreate<int> 64
    let ends = Array.zeroCreate<int> 64
    let buffers = Array.create 64 RuleBuffer.Unnamed
    let mutable contents = 0
    let mutable sticky = RuleBuffer.Unnamed
    let values = Array.zeroCreate<struct (int * int)> plain.Length
    let references = NameList()
    let metadatas = NameList()
    let addresses = NameList()

    let clear () =
        texts.Clear()
        contents <- 0
        sticky <- RuleBuffer.Unnamed
        Array.Clear values
        references.Clear()
        metadatas.Clear()
        addresses.Clear()

    let textOf (index: int) =
        texts.Written.Slice(starts[index], ends[index] - starts[index])

    /// The literal addresses of a header's list: no variables, nothing negated.
    let addAddresses (first: int) (last: int) =
        let block = rule.Text
        let mutable at = first

        if block[at] <> '!'B then
            while at < last do
                while at < last
                      && (block[at] = '['B
                          || block[at] = ']'B
                          || block[at] = ','B
                          || CommentMarks.IsBlank block[at]) do
                    at <- at + 1

                let start = at

                while at < last
                      && block[at] <> ']'B
                      && block[at] <> ','B
                      && not (CommentMarks.IsBlank block[at]) do
                    at <- at + 1

                let text = ReadOnlySpan<byte>(block, start, at - start)
                let slash = text.IndexOf '/'B

                if Scan.isAddress (if slash < 0 then text else text.Slice(0, slash)) then
                    addresses.Add(start, at)

    /// Notes a content; negated ones and those beyond the first 64 say nothing. False when it cannot be read.
    let addContent (value: ReadOnlySpan<byte>) : bool =
        let trimmed = value.TrimStart ' 'B

        if contents = starts.Length || (trimmed.Length > 0 && trimmed[0] = '!'B) then
            true
        else
            let struct (first, last) = RuleContent.quoted value
            let from = texts.Length
            let good = RuleContent.decode (value.Slice(first, last - first)) texts
            starts[contents] <- from
            ends[contents] <- texts.Length
            buffers[contents] <- sticky
            contents <- contents + 1
            good

    /// A buffer's name behind a content that has none is Snort 2's and means that content; else it is for those that follow.
    let setBuffer (buffer: RuleBuffer) =
        if
            contents > 0
            && sticky = RuleBuffer.Unnamed
            && buffers[contents - 1] = RuleBuffer.Unnamed
        then
            buffers[contents - 1] <- buffer
        else
            sticky <- buffer

    /// Reads the option `[first, last)` of the rule's text, without its `;`.
    let readOption (first: int) (last: int) : bool =
        let block = rule.Text
        let first = Scan.pastBlanks block first last
        let option = ReadOnlySpan<byte>(block, first, last - first)
        let colon = option.IndexOf ':'B
        let nameEnd = if colon < 0 then option.Length else colon
        let name = option.Slice(0, nameEnd).TrimEnd ' 'B
        let value = option.Slice(min option.Length (nameEnd + 1))
        let valueAt = first + min option.Length (nameEnd + 1)
        let index = Scan.indexOf plain name

        if index >= 0 then
            let struct (start, finish) = RuleContent.quoted value
            let from = texts.Length
            // A message may hold bars that mean nothing, so escapes only are undone.
            let mutable at = start

            while at < finish do
                if value[at] = '\\'B && at + 1 < finish then
                    at <- at + 1

                texts.Byte value[at]
                at <- at + 1

            values[index] <- struct (from, texts.Length)
            true
        elif Scan.isWordOf name content then
            addContent value
        elif Scan.isWordOf name reference then
            let start = Scan.pastBlanks block valueAt last
            references.Add(start, Scan.beforeBlanks block start last)
            true
        elif Scan.isWordOf name metadata then
            let mutable at = valueAt

            while at < last do
                let comma = ReadOnlySpan<byte>(block, at, last - at).IndexOf ','B
                let finish = if comma < 0 then last else at + comma
                let start = Scan.pastBlanks block at finish
                metadatas.Add(start, Scan.beforeBlanks block start finish)
                at <- finish + 1

            true
        else
            match RuleBuffer.ofOption name value with
            | ValueSome buffer -> setBuffer buffer
            | ValueNone -> ()

            true

    static let isHostByte (value: byte) =
        Scan.isWord value
        || value = '.'B
        || value = ':'B
        || value = '['B
        || value = ']'B

    let isHost (text: ReadOnlySpan<byte>) : bool =
        let mutable at = 0

        while at < text.Length && isHostByte text[at] do
            at <- at + 1

        at = text.Length && (text.Contains '.'B || text.Contains ':'B)

    let isPath (text: ReadOnlySpan<byte>) : bool =
        let mutable at = 0

        while at < text.Length && text[at] > 0x20uy && text[at] < 0x7Fuy do
            at <- at + 1

        at = text.Length && at > 0 && text[0] = '/'B

    // A content of the header lines: `Host: name` holds the name; `Host` alone says that the content before it does.
    let readHostHeader (index: int) =
        let text = textOf index

        if text.Length >= 4 && Scan.isWordOf (text.Slice(0, 4)) hostHeader then
            let mutable first = starts[index] + 4
            let mutable last = ends[index]
            let all = texts.Written

            while first < last && (all[first] = ':'B || all[first] = ' 'B) do
                first <- first + 1

            while last > first
                  && (all[last - 1] = '\r'B || all[last - 1] = '\n'B || all[last - 1] = ' 'B) do
                last <- last - 1

            if last > first then
                starts[index] <- first
                ends[index] <- last
                buffers[index] <- RuleBuffer.Host
            elif
                index > 0
                && buffers[index - 1] = RuleBuffer.Unnamed
                && isHost (textOf (index - 1))
            then
                buffers[index - 1] <- RuleBuffer.Host

    /// The longest content of a buffer that can be what it should: shorter ones are parts of it, or of another. -1: none.
    let longest (buffer: RuleBuffer) : int =
        let mutable found = -1

        for index in 0 .. contents - 1 do
            if
                buffers[index] = buffer
                && (found < 0 || ends[index] - starts[index] > ends[found] - starts[found])
                && (if buffer = RuleBuffer.Host then
                        isHost (textOf index)
                    else
                        isPath (textOf index))
            then
                found <- index

        found

    let addText (batch: RawBatch) (text: ReadOnlySpan<byte>) =
        let from = batch.Scratch.Length
        batch.Scratch.Bytes text
        batch.AddScratch from

    let addValue (batch: RawBatch) (index: int) =
        let struct (first, last) = values[index]
        addText batch (texts.Written.Slice(first, last - first))

    // Adds the fields, now that all options have been read.
    let addFields (batch: RawBatch) (action: int) (actionEnd: int) (protocol: int) (protocolEnd: int) : Line =
        for index in 0 .. contents - 1 do
            if buffers[index] = RuleBuffer.Header then
                readHostHeader index

        let host = longest RuleBuffer.Host
        let uri = longest RuleBuffer.Uri

        if host < 0 && addresses.Count = 0 then
            Line.Structure
        else
            // `.name` with `endswith` means the name and all below it.
            let hostText =
                if host < 0 then
                    ReadOnlySpan<byte>.Empty
                else
                    (textOf host).TrimStart '.'B

            let uriText = if uri < 0 then ReadOnlySpan<byte>.Empty else textOf uri

            if host < 0 then
                addresses.AddFieldOf(rule.Text, batch)
            else
                let from = batch.Scratch.Length
                batch.Scratch.Bytes hostText
                batch.Scratch.Bytes uriText
                batch.AddScratch from

            addText batch hostText
            addText batch uriText
            addresses.AddFieldOf(rule.Text, batch)
            rule.AddField(batch, action, actionEnd)
            rule.AddField(batch, protocol, protocolEnd)

            for index in 0 .. plain.Length - 1 do
                addValue batch index

            references.AddFieldOf(rule.Text, batch)
            metadatas.AddFieldOf(rule.Text, batch)
            Line.Record

    interface ILineCutter with
        member _.Columns = columns
        member _.Resume = columns

        member _.Cut(batch, _, start, finish) =
            rule.Take(batch, start, finish)
            let block = rule.Text
            let first = rule.First
            let last = rule.Last
            let opening = ReadOnlySpan<byte>(block, first, last - first).IndexOf '('B
            let headerEnd = if opening < 0 then first else first + opening
            clear ()
            // action protocol [source port direction destination port]
            let mutable at = first
            let mutable words = 0
            let mutable actionEnd = first
            let mutable protocol = first
            let mutable protocolEnd = first
            let mutable direction = -1

            while at < headerEnd do
                let wordEnd = RuleContent.headerWord block at headerEnd

                match words with
                | 0 -> actionEnd <- wordEnd
                | 1 ->
                    protocol <- at
                    protocolEnd <- wordEnd
                | 2
                | 5 -> addAddresses at wordEnd
                | 4 -> direction <- (if RuleContent.isDirection block at wordEnd then 1 else 0)
                | _ -> ()

                words <- words + 1
                at <- Scan.pastBlanks block wordEnd headerEnd

            if not (words = 2 || (words = 7 && direction = 1)) then
                fault SyntaxError.RuleHeader
            elif block[last - 1] <> ')'B then
                fault SyntaxError.RuleOptions
            elif Scan.isWordOf (ReadOnlySpan<byte>(block, first, actionEnd - first)) pass then
                Line.Structure
            else
                let closing = last - 1
                at <- Scan.pastBlanks block (headerEnd + 1) closing
                let mutable error = ValueNone

                while at < closing && error.IsNone do
                    let length = RuleContent.optionEnd (ReadOnlySpan<byte>(block, at, closing - at)) 0

                    if length < 0 then
                        error <- ValueSome SyntaxError.RuleOptions
                    elif not (readOption at (at + length - 1)) then
                        error <- ValueSome SyntaxError.RuleContent
                    else
                        at <- Scan.pastBlanks block (at + length) closing

                match error with
                | ValueSome found -> fault found
                | ValueNone -> addFields batch first actionEnd protocol protocolEnd
