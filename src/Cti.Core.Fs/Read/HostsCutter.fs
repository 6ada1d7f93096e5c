// Hosts files (hosts(5)): an address, and the names that shall resolve to it.
namespace Cti.Core

open System

/// Cuts `address host [host…] # comment` into `address` and `host`; several hosts are a list. Names that every hosts file gives to the
/// machine itself are not listed things: they are passed over, and so is a line that has no others.
[<Sealed; AllowNullLiteral(false)>]
type internal HostsCutter() =
    static let columns = [| "address"; "host" |]

    static let own =
        Scan.table
            [
                "localhost"
                "localhost.localdomain"
                "localhost4"
                "localhost6"
                "localhost4.localdomain4"
                "localhost6.localdomain6"
                "local"
                "broadcasthost"
                "loopback"
                "ip6-localhost"
                "ip6-loopback"
                "ip6-localnet"
                "ip6-mcastprefix"
                "ip6-allnodes"
                "ip6-allrouters"
                "ip6-allhosts"
                "0.0.0.0"
            ]

    // Every name of the table without a dot is short, so long names are never looked up.
    static let longest = own |> Array.fold (fun length name -> max length name.Length) 0

    let names = NameList()

    interface ILineCutter with
        member _.Columns = columns
        member _.Resume = columns

        member _.Cut(batch, _, first, last) =
            let block = batch.Bytes
            let comment = ReadOnlySpan<byte>(block, first, last - first).IndexOf '#'B
            let last = if comment < 0 then last else first + comment
            let addressEnd = Scan.wordEnd block first last
            names.Clear()

            if not (Scan.isAddress (ReadOnlySpan<byte>(block, first, addressEnd - first))) then
                Line.Faulty(ReadError.Syntax SyntaxError.HostsAddress)
            else
                let mutable at = Scan.pastBlanks block addressEnd last
                let mutable seen = 0

                while at < last do
                    let finish = Scan.wordEnd block at last
                    seen <- seen + 1

                    if
                        finish - at > longest
                        || Scan.indexOf own (ReadOnlySpan<byte>(block, at, finish - at)) < 0
                    then
                        names.Add(at, finish)

                    at <- Scan.pastBlanks block finish last

                if seen = 0 then
                    Line.Faulty(ReadError.Syntax SyntaxError.HostsName)
                elif names.Count = 0 then
                    Line.Structure
                else
                    batch.AddField(first, addressEnd)
                    names.AddField batch
                    Line.Record
