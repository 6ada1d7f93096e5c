// Tables of address ranges: the forms they are published in, what is wrong with bad ones, and the answer against a loop over all rows.
module Cti.Core.Tests.Enrich.RangeTableTests

open System
open System.Diagnostics
open System.Net
open System.Text
open Cti.Core
open FsCheck
open FsCheck.FSharp
open Xunit
open Xunit.Abstractions

let private utf8 (text: string) = Encoding.UTF8.GetBytes text

let private startEnd rest =
    RangeFormat.Columns(RangeColumn.Start :: RangeColumn.End :: rest)

let iptoasn = startEnd [ RangeColumn.Asn; RangeColumn.Country; RangeColumn.AsName ]

let tableOf (format: RangeFormat) (text: string) =
    match RangeTable.Parse(format, [ struct ("ranges", utf8 text) ]) with
    | Ok table -> table
    | Error error -> raise (Xunit.Sdk.XunitException(TableError.message error))

let private says (table: RangeTable) (value: string) (expected: struct (string * int64 * string)) =
    Assert.Equal(struct (value, expected), struct (value, table.Ask value))

let private unknown = struct ("", -1L, "")

[<Fact>]
let ``iptoasn: tab separated, both families, what is not routed is not known`` () =
    let table =
        tableOf
            iptoasn
            "0.0.0.0\t192.0.1.255\t0\tNone\tNot routed\n192.0.2.0\t192.0.2.255\t64496\tNL\tEXAMPLE-AS, Inc.; \"quoted\" - NL\n2001:db8::\t2001:db8:ffff:ffff:ffff:ffff:ffff:ffff\t4200000000\tde\tSIX\n"

    says table "192.0.2.0" (struct ("NL", 64496L, "EXAMPLE-AS, Inc.; \"quoted\" - NL"))
    says table "192.0.2.255" (struct ("NL", 64496L, "EXAMPLE-AS, Inc.; \"quoted\" - NL"))
    says table "192.0.1.255" unknown
    says table "192.0.3.0" unknown
    says table "255.255.255.255" unknown
    says table "2001:db8:5::1" (struct ("DE", 4200000000L, "SIX"))
    says table "2001:db9::" unknown
    says table "::1" unknown
    says table "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" unknown

[<Fact>]
let ``a network has the facts that all of its addresses have`` () =
    let table =
        tableOf
            iptoasn
            "192.0.2.0\t192.0.2.127\t1\tNL\tA\n192.0.2.128\t192.0.2.255\t1\tNL\tA\n192.0.3.0\t192.0.3.255\t2\tNL\tB\n2001:db8::\t2001:db8:ffff:ffff:ffff:ffff:ffff:ffff\t3\tDE\tC\n"

    says table "192.0.2.0/24" (struct ("NL", 1L, "A"))
    says table "192.0.2.64/26" (struct ("NL", 1L, "A"))
    says table "192.0.2.0/23" unknown
    says table "0.0.0.0/0" unknown
    says table "2001:db8::/32" (struct ("DE", 3L, "C"))
    says table "2001:db8::/31" unknown

[<Fact>]
let ``DB-IP, IP2Location, GeoLite2, ipinfo: quotes, numbers, networks, headers`` () =
    let country = startEnd [ RangeColumn.Country ]

    let dbip =
        tableOf country "192.0.2.0,192.0.2.255,NL\n2001:db8::,2001:db8::ffff,DE\n198.51.100.0,198.51.100.255,ZZ\n"

    says dbip "192.0.2.1" (struct ("NL", -1L, ""))
    says dbip "2001:db8::1" (struct ("DE", -1L, ""))
    says dbip "198.51.100.1" unknown

    // 3221225984 is 192.0.2.0; the others are 2001:db8:: and what stands before ::ffff:0:0.
    let decimal =
        tableOf
            country
            "\"0\",\"281470681743359\",\"-\",\"-\"\r\n\"3221225984\",\"3221226239\",\"NL\",\"Netherlands (Kingdom of the)\"\r\n\"42540766411282592856903984951653826560\",\"42540766490510755371168322545197776895\",\"DE\",\"Germany\"\r\n"

    says decimal "192.0.2.9" (struct ("NL", -1L, ""))
    says decimal "192.0.3.0" unknown
    says decimal "2001:db8::77" (struct ("DE", -1L, ""))
    says decimal "::5" unknown

    let geolite =
        tableOf
            (RangeFormat.Columns [ RangeColumn.Network; RangeColumn.Asn; RangeColumn.AsName ])
            "network,autonomous_system_number,autonomous_system_organization\n192.0.2.0/24,64496,\"Example, Inc.\"\n2001:db8::/32,64497,Six\n"

    says geolite "192.0.2.200" (struct ("", 64496L, "Example, Inc."))
    says geolite "2001:db8:1::" (struct ("", 64497L, "Six"))

    let ipinfo =
        tableOf
            (RangeFormat.Columns
                [
                    RangeColumn.Network
                    RangeColumn.Skip
                    RangeColumn.Country
                    RangeColumn.Skip
                    RangeColumn.Skip
                    RangeColumn.Asn
                    RangeColumn.AsName
                ])
            "network,country,country_code,continent,continent_code,asn,as_name,as_domain\n192.0.2.7,Netherlands,NL,Europe,EU,AS64496,Example,example.test\n"

    says ipinfo "192.0.2.7" (struct ("NL", 64496L, "Example"))
    says ipinfo "192.0.2.8" unknown

[<Fact>]
let ``a registry's statistics: counts of addresses, and prefixes for IPv6`` () =
    let table =
        tableOf
            RangeFormat.Delegated
            "2.3|ripencc|1767225599|4|19830705|20260101|+0100\n# a comment\nripencc|*|ipv4|*|2|summary\nripencc|NL|asn|64496|1|19930901|allocated\nripencc|NL|ipv4|192.0.2.0|768|20260101|allocated|x\nripencc|DE|ipv6|2001:db8::|29|20260101|allocated|y\nripencc||ipv4|198.51.100.0|256||available|\n"

    says table "192.0.4.255" (struct ("NL", -1L, ""))
    says table "192.0.5.0" unknown
    says table "2001:dbf:ffff::" (struct ("DE", -1L, ""))
    says table "2001:dc0::" unknown
    says table "198.51.100.1" unknown

[<Fact>]
let ``a bad row names file, line and what is wrong; half a table is no table`` () =
    let fault format (text: string) =
        match RangeTable.Parse(format, [ struct ("t.tsv", utf8 text) ]) with
        | Ok _ -> ""
        | Error error -> $"%s{TableError.code error} %s{TableError.message error}"

    let good = "192.0.2.0\t192.0.2.255\t1\tNL\tA\n"

    Assert.StartsWith(
        "CTI-ENRICH-001 t.tsv:2: the columns do not hold a range",
        fault iptoasn (good + "x\ty\t1\tNL\tA\n")
    )

    Assert.StartsWith(
        "CTI-ENRICH-001 t.tsv:2: the columns do not hold a range",
        fault iptoasn (good + "192.0.2.9\t192.0.2.1\t1\tNL\tA\n")
    )

    Assert.StartsWith(
        "CTI-ENRICH-001 t.tsv:1: `Netherlands` is no country code",
        fault iptoasn "192.0.2.0\t192.0.2.255\t1\tNetherlands\tA\n"
    )

    Assert.StartsWith(
        "CTI-ENRICH-001 t.tsv:1: `AS-1` is no number",
        fault iptoasn "192.0.2.0\t192.0.2.255\tAS-1\tNL\tA\n"
    )

    Assert.StartsWith(
        "CTI-ENRICH-001 t.tsv:1: `99999999999` is no number",
        fault iptoasn "192.0.2.0\t192.0.2.255\t99999999999\tNL\tA\n"
    )

    Assert.StartsWith("CTI-ENRICH-002 t.tsv holds no row", fault iptoasn "# nothing\n\n")
    Assert.StartsWith("CTI-ENRICH-002", fault iptoasn "start\tend\tasn\tcountry\tname\n")

    Assert.StartsWith(
        "CTI-ENRICH-001 t.tsv:2",
        fault (startEnd [ RangeColumn.Country ]) "192.0.2.0,192.0.2.1,NL\n\"192.0.2.2,192.0.2.3,NL\n"
    )

    Assert.StartsWith(
        "CTI-ENRICH-001 t.tsv:2",
        fault (RangeFormat.Columns [ RangeColumn.Network ]) "192.0.2.0/24\n192.0.2.1/24\n"
    )

    Assert.StartsWith("CTI-ENRICH-001 t.tsv:1", fault RangeFormat.Delegated "a|NL|ipv4|255.255.255.0|512|x|y\n")

let private addressOf (number: int) =
    IPAddress([| 198uy; 51uy; byte (number / 256); byte (number % 256) |]).ToString()

[<Fact>]
let ``an address has the facts of the narrowest range over it, of equally narrow ones of the first`` () =
    let range =
        gen {
            let! low = Gen.choose (0, 700)

            let! width =
                Gen.oneof [ Gen.choose (0, 3); Gen.choose (0, 300); Gen.elements [ 15; 255 ] ]

            let! asn = Gen.choose (1, 4)
            return struct (low, min 700 (low + width), asn)
        }

    Gen.zip (Gen.nonEmptyListOf range) (Gen.choose (0, 720))
    |> Arb.fromGen
    |> fun cases ->
        Prop.forAll cases (fun (ranges, asked) ->
            let text =
                ranges
                |> List.map (fun (struct (low, high, asn)) -> $"%s{addressOf low},%s{addressOf high},%d{asn}\n")
                |> String.concat ""

            let table = tableOf (startEnd [ RangeColumn.Asn ]) text

            let expected =
                ranges
                |> List.filter (fun (struct (low, high, _)) -> low <= asked && asked <= high)
                |> List.sortBy (fun (struct (low, high, _)) -> high - low)
                |> List.tryHead
                |> Option.map (fun (struct (_, _, asn)) -> int64 asn)
                |> Option.defaultValue -1L

            let struct (_, found, _) = table.Ask(addressOf asked)
            // The same ranges, shifted into IPv6.
            let six (number: int) = $"2001:db8::%x{number}"

            let text6 =
                ranges
                |> List.map (fun (struct (low, high, asn)) -> $"%s{six low},%s{six high},%d{asn}\n")
                |> String.concat ""

            let struct (_, found6, _) =
                (tableOf (startEnd [ RangeColumn.Asn ]) text6).Ask(six asked)

            found = expected && found6 = expected)
    |> Check.QuickThrowOnFailure

[<Fact>]
let ``any bytes give a table or an error, and no exception`` () =
    Prop.forAll (ArbMap.defaults |> ArbMap.arbitrary<byte[]>) (fun bytes ->
        [
            iptoasn
            RangeFormat.Delegated
            RangeFormat.Columns [ RangeColumn.Network; RangeColumn.Country ]
        ]
        |> List.forall (fun format ->
            match RangeTable.Parse(format, [ struct ("bytes", bytes) ]) with
            | Ok table -> table.Rows > 0
            | Error error -> (TableError.message error).Length > 0))
    |> Check.QuickThrowOnFailure

type Size(output: ITestOutputHelper) =
    [<Fact>]
    member _.``half a million ranges load in a second or two and stay small``() =
        let text = StringBuilder()

        for row in 0..499_999 do
            let low = 0x0B000000u + uint32 row * 256u

            let address (value: uint32) =
                $"%d{value >>> 24}.%d{(value >>> 16) &&& 255u}.%d{(value >>> 8) &&& 255u}.%d{value &&& 255u}"

            text.Append(
                $"%s{address low}\t%s{address (low + 255u)}\t%d{row % 60_000 + 1}\tNL\tAS-%d{row % 60_000 + 1}\n"
            )
            |> ignore

        let bytes = utf8 (text.ToString())
        let clock = Stopwatch.StartNew()

        match RangeTable.Parse(iptoasn, [ struct ("big.tsv", bytes) ]) with
        | Error error -> Assert.Fail(TableError.message error)
        | Ok table ->
            output.WriteLine
                $"%d{table.Rows} rows, %d{bytes.Length} bytes: read in %d{clock.ElapsedMilliseconds} ms, %d{table.Bytes} bytes"

            Assert.Equal(500_000, table.Rows)
            Assert.InRange(table.Bytes, 1, 500_000 * 30)
            says table "11.0.1.9" (struct ("NL", 2L, "AS-2"))
