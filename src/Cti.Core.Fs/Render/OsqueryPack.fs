// The `osquery_pack` output: a pack of osquery (osquery documentation, "Query packs") whose queries look for what is listed on every host: programs
// that run, by hash; files, by path; connections, by address; names that were resolved.
namespace Cti.Core

open System
open System.Text

/// How a pack is written.
type OsqueryPackOptions =
    {
        /// Seconds between two runs of a query, 60 to 604,800 (osquery's longest).
        Interval: int
        /// Most values in one query, 1 to 10,000.
        PerQuery: int
    }

[<RequireQualifiedAccess>]
module OsqueryPackOptions =
    /// Every hour, 1,000 values a query.
    let defaults = { Interval = 3_600; PerQuery = 1_000 }

/// One kind of query: what stands before and behind its list of values.
[<NoComparison; NoEquality>]
type private OsqueryKind =
    {
        Name: string
        Before: byte[]
        Behind: byte[]
        /// Where the table is; empty: everywhere.
        Platform: string
        /// The query that waits for its rows.
        Query: Utf8Writer
        mutable Values: int
        mutable Queries: int
    }

/// The pack. Values of a kind share a query until it is full.
[<Sealed; AllowNullLiteral(false)>]
type OsqueryPackRenderer(options: OsqueryPackOptions) =
    // SQLite's longest statement has 1,000,000 bytes, and a query is logged with its results.
    static let mostBytes = 250_000

    static let kind name platform (before: string) (behind: string) =
        {
            Name = name
            Before = Encoding.UTF8.GetBytes before
            Behind = Encoding.UTF8.GetBytes behind
            Platform = platform
            Query = Utf8Writer 1024
            Values = 0
            Queries = 0
        }

    // `hash` reads a file only where it is told its path.
    static let program hash =
        kind
            hash
            ""
            $"SELECT p.pid, p.name, p.path, h.%s{hash} FROM processes p JOIN hash h ON h.path = p.path WHERE h.%s{hash} IN ("
            ");"

    let md5 = program "md5"
    let sha1 = program "sha1"
    let sha256 = program "sha256"

    let path =
        kind "file_path" "" "SELECT path, size, mtime, uid FROM file WHERE path IN (" ");"

    let address =
        kind
            "address"
            ""
            "SELECT s.pid, p.name, p.path, s.remote_address, s.remote_port FROM process_open_sockets s LEFT JOIN processes p ON p.pid = s.pid WHERE s.remote_address IN ("
            ");"

    let service =
        kind
            "service"
            ""
            "SELECT s.pid, p.name, p.path, s.remote_address, s.remote_port FROM process_open_sockets s LEFT JOIN processes p ON p.pid = s.pid WHERE (s.remote_address, s.remote_port) IN (VALUES "
            ");"

    let domain =
        kind "domain" "windows" "SELECT name, type FROM dns_cache WHERE lower(name) IN (" ");"

    let kinds = [| md5; sha1; sha256; path; address; service; domain |]
    let losses = LossList()
    let last = Utf8Writer 64
    let mutable lastType = ObservableType.Ipv4
    let mutable isFirst = true

    let kindOf (observable: ObservableType) : OsqueryKind voption =
        match observable with
        | ObservableType.Md5 -> ValueSome md5
        | ObservableType.Sha1 -> ValueSome sha1
        | ObservableType.Sha256 -> ValueSome sha256
        | ObservableType.FilePath -> ValueSome path
        | ObservableType.Ipv4
        | ObservableType.Ipv6 -> ValueSome address
        | ObservableType.IpPort -> ValueSome service
        | ObservableType.Domain -> ValueSome domain
        | _ -> ValueNone

    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        if (kindOf observable).IsNone then
            ValueSome RenderReason.TypeNotHeld
        elif value.IsEmpty then
            ValueSome RenderReason.NotCanonical
        elif not (SqlText.canHold value) then
            ValueSome RenderReason.UnsafeText
        elif observable = ObservableType.FilePath && value.Contains '%'B then
            // `%APPDATA%` is the path of no file; it is one for each user.
            ValueSome RenderReason.ReservedWord
        elif observable = ObservableType.IpPort && (Stix.parts observable value).IsNone then
            ValueSome RenderReason.NotCanonical
        else
            ValueNone

    let flush (kind: OsqueryKind) (writer: Utf8Writer) =
        if kind.Values > 0 then
            kind.Queries <- kind.Queries + 1
            kind.Query.Bytes(ReadOnlySpan<byte> kind.Behind)
            writer.Text(if isFirst then "\n\"" else ",\n\"")
            isFirst <- false
            writer.Text $"%s{kind.Name}_%d{kind.Queries}\":{{\"query\":"
            Json.writeUtf8 kind.Query.Written writer
            writer.Text $",\"interval\":%d{options.Interval}"

            if kind.Platform <> "" then
                writer.Text $",\"platform\":\"%s{kind.Platform}\""

            // Rows that are still there are told once, and what is gone is no news.
            writer.Text ",\"removed\":false}"
            kind.Query.Clear()
            kind.Values <- 0

    let writeService (value: ReadOnlySpan<byte>) (query: Utf8Writer) =
        match Stix.parts ObservableType.IpPort value with
        | ValueSome parts ->
            query.Byte '('B
            SqlText.write (value.Slice(parts.Start, parts.Length)) query
            query.Byte ','B
            query.Bytes(value.Slice(value.LastIndexOf ':'B + 1))
            query.Byte ')'B
        | ValueNone -> ()

    let add (kind: OsqueryKind) (observable: ObservableType) (value: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        if
            kind.Values >= options.PerQuery
            || kind.Query.Length + 2 * value.Length + 16 > mostBytes
        then
            flush kind writer

        if kind.Values = 0 then
            kind.Query.Bytes(ReadOnlySpan<byte> kind.Before)
        else
            kind.Query.Byte ','B

        match observable with
        | ObservableType.IpPort -> writeService value kind.Query
        | _ -> SqlText.write value kind.Query

        kind.Values <- kind.Values + 1

    interface IRenderer with
        member _.CanHold(observable, value) = check observable value
        member _.Losses = losses
        member _.Holds _ = false
        member _.Header(_, writer) = writer.Text "{\"queries\":{"

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let observable = batch.Type[row]
                let value = batch.Value[row]

                if (check observable value).IsNone then
                    match kindOf observable with
                    | ValueSome kind when not (lastType = observable && last.Written.SequenceEqual value) ->
                        lastType <- observable
                        last.Clear()
                        last.Bytes value
                        add kind observable value writer
                    | _ -> ()

        member _.Footer(_, writer) =
            for kind in kinds do
                flush kind writer

            writer.Text "\n}}\n"
