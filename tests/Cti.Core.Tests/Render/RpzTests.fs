// Response policy zones: golden bytes, owner names of addresses, serials, injection, and BIND's own checker.
module Cti.Core.Tests.RpzTests

open System
open System.Diagnostics
open System.IO
open Cti.Core
open FsCheck
open FsCheck.FSharp
open Xunit
open Xunit.Abstractions

let private hold (observable: ObservableType) (value: string) =
    (RenderSpec.create (RenderSpec.Rpz Rpz.defaults)).CanHold(observable, ReadOnlySpan<byte>(Samples.utf8 value))

let private rows (options: RpzOptions) (values: (ObservableType * string) list) =
    let batch = IndicatorBatch(values.Length + 1)

    for observable, value in values do
        Samples.add batch observable value |> ignore

    let text = Samples.render (RenderSpec.Rpz options) batch

    text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
    |> Array.skip 3
    |> List.ofArray

let private owner (observable: ObservableType) (value: string) =
    match rows Rpz.defaults [ observable, value ] with
    | [ line ] -> line.Replace(" CNAME .", "")
    | other -> String.Join('|', other)

[<Fact>]
let ``a zone, byte for byte`` () =
    let batch = IndicatorBatch 8
    Samples.add batch ObservableType.Domain "a.example" |> ignore
    Samples.add batch ObservableType.Domain "b.a.example" |> ignore
    Samples.add batch ObservableType.Ipv4 "192.0.2.4" |> ignore
    Samples.add batch ObservableType.Url "http://a.example/" |> ignore

    Assert.Equal(
        "$TTL 300\n\
         @ SOA localhost. hostmaster.localhost. (1772366400 3600 600 604800 300)\n\
         @ NS localhost.\n\
         32.4.2.0.192.rpz-ip CNAME .\n\
         a.example CNAME .\n\
         *.a.example CNAME .\n\
         b.a.example CNAME .\n\
         *.b.a.example CNAME .\n",
        Samples.render (RenderSpec.Rpz Rpz.defaults) batch
    )

[<Fact>]
let ``each action has its target`` () =
    let line action =
        rows
            { Rpz.defaults with
                Action = action
                Subdomains = false
            }
            [ ObservableType.Domain, "a.example" ]

    Assert.Equal<string list>([ "a.example CNAME ." ], line RpzAction.Nxdomain)
    Assert.Equal<string list>([ "a.example CNAME *." ], line RpzAction.Nodata)
    Assert.Equal<string list>([ "a.example CNAME rpz-passthru." ], line RpzAction.Passthru)
    Assert.Equal<string list>([ "a.example CNAME rpz-drop." ], line RpzAction.Drop)

    for action in RpzAction.all do
        Assert.Equal(ValueSome action, RpzAction.tryParse (RpzAction.name action))

[<Theory>]
[<InlineData("192.0.2.4", "32.4.2.0.192.rpz-ip")>]
[<InlineData("192.0.2.0/24", "24.0.2.0.192.rpz-ip")>]
[<InlineData("10.0.0.0/8", "8.0.0.0.10.rpz-ip")>]
[<InlineData("2001:db8::1", "128.1.zz.db8.2001.rpz-ip")>]
[<InlineData("2001:db8::/32", "32.zz.db8.2001.rpz-ip")>]
[<InlineData("2001:db8:1:2:3:4:5:6", "128.6.5.4.3.2.1.db8.2001.rpz-ip")>]
[<InlineData("2001:db8:0:1:1:1:1:1", "128.1.1.1.1.1.0.db8.2001.rpz-ip")>]
[<InlineData("2001:0:0:1::1", "128.1.zz.1.0.0.2001.rpz-ip")>]
[<InlineData("2001:db8::1:0:0:1", "128.1.0.0.1.zz.db8.2001.rpz-ip")>]
[<InlineData("::1", "128.1.zz.rpz-ip")>]
let ``addresses and ranges become rpz-ip triggers`` (value: string, name: string) =
    let observable =
        if value.Contains '/' then ObservableType.Cidr
        elif value.Contains ':' then ObservableType.Ipv6
        else ObservableType.Ipv4

    Assert.Equal(name, owner observable value)

[<Fact>]
let ``what is no canonical address or range is refused`` () =
    for value in
        [
            "192.0.2.1/24"
            "0.0.0.0/0"
            "192.0.2.0/33"
            "192.0.2"
            "010.0.0.1"
            "2001:db8::1/64"
            "::/0"
            "::ffff:192.0.2.1"
            "fe80::1%eth0"
            "x"
            ""
            "192.0.2.0/-1"
            "192.0.2.0/ 24"
        ] do
        Assert.Equal(ValueSome RenderReason.NotCanonical, hold ObservableType.Cidr value)

[<Fact>]
let ``types that DNS cannot say are refused by type`` () =
    let said =
        [|
            ObservableType.Domain
            ObservableType.Ipv4
            ObservableType.Ipv6
            ObservableType.Cidr
        |]

    for observable in Array.except said ObservableType.all do
        Assert.Equal(ValueSome RenderReason.TypeNotHeld, hold observable "a.example")

[<Fact>]
let ``names are refused for their length with the zone's`` () =
    let label = String('a', 63)
    // With `*.` in front and rpz.local behind: 2 + (name + 1) + 11 bytes on the wire, 255 at most.
    let longest = String.Join('.', [ label; label; label; String('b', 49) ])
    Assert.Equal(241, longest.Length)
    Assert.Equal(ValueNone, hold ObservableType.Domain longest)
    Assert.Equal(ValueSome RenderReason.TooLong, hold ObservableType.Domain (longest + "b"))
    Assert.Equal(ValueSome RenderReason.TooLong, hold ObservableType.Domain (String('a', 64) + ".example"))

[<Fact>]
let ``a domain cannot pose as a trigger, a wildcard, the zone itself or a second line`` () =
    for value in
        [
            "24.0.0.0.10.rpz-ip"
            "rpz-ip"
            "a.RPZ-NSDNAME"
            "8.0.0.0.10.rpz-client-ip"
            "x.rpz-nsip"
            "*"
            "*.example"
            "a.*.example"
        ] do
        Assert.Equal(ValueSome RenderReason.ReservedWord, hold ObservableType.Domain value)

    for value in [ "a\nb"; "a b"; "a\t.example"; "a\u0000"; "a\u007f" ] do
        Assert.Equal(ValueSome RenderReason.UnsafeText, hold ObservableType.Domain value)

    for value in [ ""; "."; "a..b"; ".a"; "a." ] do
        Assert.Equal(ValueSome RenderReason.NotCanonical, hold ObservableType.Domain value)

[<Theory>]
[<InlineData("@", "\\@")>]
[<InlineData("$INCLUDE", "\\$INCLUDE")>]
[<InlineData("a;b.example", "a\\;b.example")>]
[<InlineData("$(reboot).example", "\\$\\(reboot\\).example")>]
[<InlineData("a\"b", "a\\\"b")>]
[<InlineData("a\\b", "a\\\\b")>]
[<InlineData("=1+1", "\\0611\\0431")>]
[<InlineData("[x1/8].example", "\\091x1\\0478\\093.example")>]
[<InlineData("é.example", "\\195\\169.example")>]
[<InlineData("_dmarc.a-b.example", "_dmarc.a-b.example")>]
let ``names are escaped as RFC 1035 has it`` (value: string, written: string) =
    Assert.Equal<string list>(
        [ written + " CNAME ." ],
        rows { Rpz.defaults with Subdomains = false } [ ObservableType.Domain, value ]
    )

[<Fact>]
let ``no record is written twice`` () =
    let lines =
        rows
            Rpz.defaults
            [
                ObservableType.Domain, "a.example"
                ObservableType.Domain, "a.example"
                ObservableType.Domain, "b.a.example"
                ObservableType.Ipv4, "192.0.2.4"
                ObservableType.Cidr, "192.0.2.4/30"
                ObservableType.Cidr, "192.0.2.4/32"
                ObservableType.Cidr, "192.0.2.4/32"
                ObservableType.Ipv6, "2001:db8::"
                ObservableType.Cidr, "2001:db8::/32"
                ObservableType.Cidr, "2001:db8::/128"
            ]

    Assert.Equal(lines.Length, (List.distinct lines).Length)
    Assert.Equal(8, lines.Length)

/// Domains, addresses and ranges as written, some of them the same and some that no zone can hold.
let private valueGen =
    let label =
        Gen.elements [ "a"; "b-c"; "_d"; "xn--bcher-kva"; "0"; "rpz-ip"; "zz"; "f00" ]

    Gen.oneof
        [
            Gen.nonEmptyListOf label
            |> Gen.resize 4
            |> Gen.map (fun labels -> String.Join('.', labels) + ".example")
            Gen.zip (Gen.choose (0, 255)) (Gen.choose (0, 32))
            |> Gen.map (fun (last, prefix) -> $"192.0.2.%d{last}/%d{prefix}")
            Gen.zip (Gen.listOfLength 6 (Gen.elements [ "0"; "0"; "1"; "db8"; "ffff" ])) (Gen.choose (0, 128))
            |> Gen.map (fun (groups, prefix) -> $"2001:db8:%s{String.Join(':', groups)}/%d{prefix}")
            Gen.elements [ "0"; "1"; "0:1" ] |> Gen.map (fun groups -> $"::%s{groups}")
        ]

[<Fact>]
let ``a zone read back lists what was written`` () =
    let lists =
        Gen.zip3
            (Gen.listOf valueGen)
            (Gen.elements [ RpzAction.Nxdomain; RpzAction.Nodata; RpzAction.Drop ])
            (Gen.elements [ true; false ])

    Check.One(
        Config.QuickThrowOnFailure,
        Prop.forAll (Arb.fromGen lists) (fun (values, action, subdomains) ->
            let options =
                { Rpz.defaults with
                    Action = action
                    Subdomains = subdomains
                }

            let held =
                values
                |> List.choose (fun value ->
                    match Normalise.tryParse TypeHint.Auto value with
                    | Ok subject when (hold subject.Type subject.Value).IsNone -> Some subject
                    | _ -> None)
                |> List.distinct
                |> List.sortWith (fun left right -> String.CompareOrdinal(left.Value, right.Value))

            let batch = IndicatorBatch(held.Length + 1)

            for subject in held do
                Samples.add batch subject.Type subject.Value |> ignore

            let zone = Samples.render (RenderSpec.Rpz options) batch

            let seen =
                Read.Feeding.feed (ReaderSpec.BlockList(BlockListDialect.Rpz, ReadLimits.standard)) (Samples.utf8 zone)

            let back =
                Read.Feeding.cells seen
                |> List.choose (fun fields -> Normalise.tryParse TypeHint.Auto fields[0] |> Result.toOption)

            Assert.Empty(Read.Feeding.codes seen)
            Assert.Equal<Set<Subject>>(Set.ofList held, Set.ofList back))
    )

[<Fact>]
let ``a new serial is always newer by RFC 1982, and the second of now where that is newer`` () =
    let seconds (value: uint32) =
        Timestamp.ofMicroseconds (int64 value * 1_000_000L)

    let newer (now: uint32) (previous: uint32) =
        let serial = Rpz.serial (seconds now) (ValueSome previous)
        let step = serial - previous
        step > 0u && step < 0x80000000u && (serial = now || serial = previous + 1u)

    Check.QuickThrowOnFailure newer
    Assert.Equal(100u, Rpz.serial (seconds 100u) ValueNone)
    Assert.Equal(100u, Rpz.serial (seconds 100u) (ValueSome 99u))
    Assert.Equal(101u, Rpz.serial (seconds 100u) (ValueSome 100u))
    Assert.Equal(0u, Rpz.serial (seconds 100u) (ValueSome UInt32.MaxValue) - 100u)
    Assert.Equal(0u, Rpz.serial (seconds (UInt32.MaxValue - 5u)) (ValueSome UInt32.MaxValue))

type Bind(output: ITestOutputHelper) =
    let tool =
        (Environment.GetEnvironmentVariable "PATH" |> string).Split(Path.PathSeparator)
        |> Array.append [| "/usr/sbin"; "/usr/bin"; "/sbin" |]
        |> Array.map (fun folder -> Path.Combine(folder, "named-checkzone"))
        |> Array.tryFind File.Exists

    let accepts (zone: string) =
        match tool with
        | None ->
            output.WriteLine "named-checkzone is not installed (Debian: bind9-utils): nothing was checked"
            true
        | Some path ->
            let file = Path.GetTempFileName()

            try
                File.WriteAllText(file, zone)
                let start = ProcessStartInfo(path)
                start.ArgumentList.Add "rpz.local"
                start.ArgumentList.Add file
                start.RedirectStandardOutput <- true
                start.RedirectStandardError <- true

                match Process.Start start with
                | null -> false
                | child ->
                    use child = child
                    let said = child.StandardOutput.ReadToEnd() + child.StandardError.ReadToEnd()
                    child.WaitForExit()
                    output.WriteLine said
                    child.ExitCode = 0
            finally
                File.Delete file

    [<Fact>]
    member _.``BIND's checker accepts zones of random indicators``() =
        Assert.True(accepts (Samples.render (RenderSpec.Rpz Rpz.defaults) (Samples.batch 11 2_000)))

    [<Fact>]
    member _.``BIND's checker accepts zones of hostile names that are held``() =
        let random = Random 4
        let batch = IndicatorBatch 600

        for index in 0..599 do
            let name = String([| for _ in 0 .. random.Next 12 -> char (random.Next(33, 300)) |])
            Samples.add batch ObservableType.Domain $"%s{name}-%d{index}.example" |> ignore

        let zone = Samples.render (RenderSpec.Rpz Rpz.defaults) batch
        Assert.True(zone.Split('\n').Length > 300)
        Assert.True(accepts zone)

    [<Fact>]
    member _.``BIND's checker refuses a broken zone, so that accepting means something``() =
        if tool.IsSome then
            Assert.False(
                accepts (
                    Samples.render (RenderSpec.Rpz Rpz.defaults) (IndicatorBatch 1)
                    + "a..b CNAME .\n"
                )
            )
