// dnsmasq's configuration as a block list (dnsmasq(8)): the options that make it answer for a name itself.
namespace Cti.Core

open System

/// Cuts `address=/name/…/target`, and `server=/name/` and `local=/name/` without a target (never asked upstream, so refused), into
/// `domain` (a list where there are several) and `address`. Any other option lists nothing.
[<Sealed; AllowNullLiteral(false)>]
type internal DnsmasqCutter() =
    static let columns = [| "domain"; "address" |]
    static let listing = Scan.table [ "address"; "server"; "local" ]
    let names = NameList()

    // `.name`, `*.name` and `name` are the same to dnsmasq; `#` stands for every name, and nothing for names without a dot.
    let add (batch: RawBatch) (first: int) (last: int) =
        let block = batch.Bytes
        let mutable first = first

        if first < last && block[first] = '*'B then
            first <- first + 1

        if first < last && block[first] = '.'B then
            first <- first + 1

        if first < last && not (last - first = 1 && block[first] = '#'B) then
            names.Add(first, last)

    /// The names of `/name/name/target`, which begins at `at`; gives the place of the target, -1 where no slash closes a name.
    let cutNames (batch: RawBatch) (at: int) (last: int) : int =
        let mutable place = at + 1
        let mutable target = -1
        let mutable going = true

        while going do
            let slash = ReadOnlySpan<byte>(batch.Bytes, place, last - place).IndexOf '/'B

            if slash < 0 then
                going <- false
            else
                add batch place (place + slash)
                place <- place + slash + 1
                target <- place

        target

    interface ILineCutter with
        member _.Columns = columns
        member _.Resume = columns

        member _.Cut(batch, _, first, last) =
            let block = batch.Bytes
            let mutable keyEnd = first

            while keyEnd < last && Scan.isWord block[keyEnd] do
                keyEnd <- keyEnd + 1

            let equals = Scan.pastBlanks block keyEnd last

            if keyEnd = first || (equals < last && block[equals] <> '='B) then
                Line.Faulty(ReadError.Syntax SyntaxError.DnsmasqOption)
            elif
                equals = last
                || Scan.indexOf listing (ReadOnlySpan<byte>(block, first, keyEnd - first)) < 0
            then
                Line.Structure
            else
                let isAddress = keyEnd - first = 7
                let start = Scan.pastBlanks block (equals + 1) last
                // A value holds no blanks, so what follows one is a comment.
                let last = Scan.wordEnd block start last
                names.Clear()

                if start < last && block[start] = '/'B then
                    let target = cutNames batch start last

                    if target < 0 then
                        Line.Faulty(ReadError.Syntax SyntaxError.DnsmasqOption)
                    elif names.Count = 0 || (not isAddress && target < last) then
                        Line.Structure
                    else
                        names.AddField batch
                        batch.AddField(target, last)
                        Line.Record
                elif isAddress then
                    Line.Faulty(ReadError.Syntax SyntaxError.DnsmasqOption)
                else
                    Line.Structure
