// Packs for osquery: golden bytes, sizes, what is refused, hostile values.
module Cti.Core.Tests.OsqueryPackTests

open System
open System.Text.Json
open Cti.Core
open Xunit

let private spec = RenderSpec.OsqueryPack OsqueryPackOptions.defaults

let private queries (text: string) : (string * string) list =
    use parsed = JsonDocument.Parse text

    [
        for query in (parsed.RootElement.GetProperty "queries").EnumerateObject() do
            query.Name,
            (match (query.Value.GetProperty "query").GetString() with
             | null -> ""
             | sql -> sql)
    ]

/// The literals of a query, read by SQL's letter.
let private literals (sql: string) : string list =
    let rec read (at: int) (found: string list) =
        match sql.IndexOf('\'', at) with
        | -1 -> List.rev found
        | start ->
            let rec close (at: int) =
                if at + 1 < sql.Length && sql[at + 1] = '\'' then
                    close (sql.IndexOf('\'', at + 2))
                else
                    at

            let last = close (sql.IndexOf('\'', start + 1))
            read (last + 1) (sql.Substring(start + 1, last - start - 1).Replace("''", "'") :: found)

    read 0 []

[<Fact>]
let ``a pack, byte for byte`` () =
    let batch = IndicatorBatch 8
    Samples.add batch ObservableType.FilePath "/tmp/it's \"x\"" |> ignore
    Samples.add batch ObservableType.IpPort "[2001:db8::1]:443" |> ignore
    Samples.add batch ObservableType.Domain "a.example" |> ignore

    Assert.Equal(
        "{\"queries\":{\n\
         \"file_path_1\":{\"query\":\"SELECT path, size, mtime, uid FROM file WHERE path IN ('/tmp/it''s \\\"x\\\"');\",\"interval\":3600,\"removed\":false},\n\
         \"service_1\":{\"query\":\"SELECT s.pid, p.name, p.path, s.remote_address, s.remote_port FROM process_open_sockets s LEFT JOIN processes p ON p.pid = s.pid WHERE (s.remote_address, s.remote_port) IN (VALUES ('2001:db8::1',443));\",\"interval\":3600,\"removed\":false},\n\
         \"domain_1\":{\"query\":\"SELECT name, type FROM dns_cache WHERE lower(name) IN ('a.example');\",\"interval\":3600,\"platform\":\"windows\",\"removed\":false}\n\
         }}\n",
        Samples.render spec batch
    )

[<Fact>]
let ``an empty pack is a pack`` () =
    Assert.Empty(queries (Samples.render spec (IndicatorBatch 1)))

[<Fact>]
let ``a query holds no more values and bytes than it may, and all of them hold everything once`` () =
    let batch = IndicatorBatch 600

    let paths = [ for number in 1..300 -> $"/tmp/%s{String('x', 3_000)}%03d{number}" ]

    for path in paths do
        Samples.add batch ObservableType.FilePath path |> ignore
        Samples.add batch ObservableType.FilePath path |> ignore

    let few =
        queries (Samples.render (RenderSpec.OsqueryPack { Interval = 60; PerQuery = 7 }) batch)

    Assert.Equal(43, few.Length)
    let large = queries (Samples.render spec batch)
    Assert.InRange(large.Length, 4, 8)

    for found in [ few; large ] do
        Assert.Equal<string list>(
            paths,
            List.sort
                [
                    for _, sql in found do
                        yield! literals sql
                ]
        )

        Assert.All(found, (fun (_, sql) -> Assert.InRange(sql.Length, 1, 250_000)))

[<Fact>]
let ``what a query cannot look for is refused`` () =
    Assert.Equal(ValueSome RenderReason.TypeNotHeld, Hostile.hold spec ObservableType.Url "http://a.example/")
    Assert.Equal(ValueSome RenderReason.TypeNotHeld, Hostile.hold spec ObservableType.Cidr "192.0.2.0/24")
    Assert.Equal(ValueSome RenderReason.ReservedWord, Hostile.hold spec ObservableType.FilePath "%APPDATA%\\x.exe")
    Assert.Equal(ValueSome RenderReason.UnsafeText, Hostile.hold spec ObservableType.FilePath "/tmp/a\u0000b")
    Assert.Equal(ValueSome RenderReason.NotCanonical, Hostile.hold spec ObservableType.IpPort "192.0.2.1")
    Assert.Equal(ValueSome RenderReason.NotCanonical, Hostile.hold spec ObservableType.Domain "")

[<Fact>]
let ``hostile values stay inside of their literals, or are refused`` () =
    let mutable held = 0

    for text in Hostile.texts do
        let value = "/tmp/" + text
        let batch = IndicatorBatch 2
        Samples.add batch ObservableType.FilePath value |> ignore
        let found = queries (Samples.render spec batch)

        match Hostile.hold spec ObservableType.FilePath value with
        | ValueSome _ -> Assert.Empty found
        | ValueNone ->
            held <- held + 1
            Assert.Equal<string list>([ value ], literals (snd found[0]))

    Assert.InRange(held, 10, Hostile.texts.Length - 1)
