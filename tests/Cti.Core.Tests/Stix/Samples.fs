// Random indicators for the STIX and renderer tests: every type, hostile text, every status, and times at both ends.
module Cti.Core.Tests.Samples

open System
open System.Net
open System.Text
open Cti.Core

let utf8 (text: string) = Encoding.UTF8.GetBytes text

let now =
    Timestamp.ofDateTimeOffset (DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero))

/// Adds a row with plain defaults: active, clear, one source, no labels.
let add (batch: IndicatorBatch) (observable: ObservableType) (value: string) =
    let row = batch.Add()
    batch.Value.Add(ReadOnlySpan<byte>(utf8 value))
    batch.Type[row] <- observable
    batch.Id[row] <- Identity.subject { Type = observable; Value = value }
    batch.FirstSeen[row] <- now - Timestamp.day
    batch.LastSeen[row] <- now
    batch.Created[row] <- now
    batch.Modified[row] <- now
    batch.ValidUntil[row] <- Timestamp.none
    batch.Status[row] <- IndicatorStatus.Active
    batch.Confidence[row] <- 80uy
    batch.Score[row] <- 7_500
    batch.Tlp[row] <- Tlp.Clear
    batch.Labels[row] <- NameSet.Empty
    batch.Sources[row] <- NameSet.Of [ "feed" ]
    batch.Revision[row] <- 1
    batch.Number[row] <- row + 1
    row

/// Rows in canonical order: by value, then type.
let canonical (batch: IndicatorBatch) =
    Array.init batch.Count id
    |> Array.sortWith (fun left right ->
        let order = batch.Value[left].SequenceCompareTo batch.Value[right]

        if order <> 0 then
            order
        else
            compare (ObservableType.code batch.Type[left]) (ObservableType.code batch.Type[right]))

let private hostile =
    [|
        "'"
        "\""
        "\\"
        "\\'"
        "\n"
        "\r\n"
        "\t"
        "\u0001"
        "\u001f"
        "é"
        "日本"
        "😀"
        "$(id)"
        "../"
        ";"
        "=1+1"
        "]"
        "' OR '"
        "<b>"
        "%00"
        " "
    |]

let private text (random: Random) =
    String.Concat [ for _ in 0 .. random.Next 6 -> hostile[random.Next hostile.Length] ]

let private hex (random: Random) (length: int) =
    String.Concat [ for _ in 1..length -> "0123456789abcdef"[random.Next 16] ]

let private v4 (random: Random) =
    String.Join('.', [ for _ in 1..4 -> random.Next 256 ])

let private v6 (random: Random) =
    let bytes = Array.zeroCreate<byte> 16
    random.NextBytes bytes

    for index in 0..15 do
        if random.Next 2 = 0 then
            bytes[index] <- 0uy

    bytes[0] <- 0x20uy
    IPAddress(bytes).ToString()

let value (random: Random) (observable: ObservableType) =
    match observable with
    | ObservableType.Ipv4 -> v4 random
    | ObservableType.Ipv6 -> v6 random
    | ObservableType.Cidr ->
        if random.Next 2 = 0 then
            let third = random.Next 256
            $"10.%d{random.Next 256}.%d{third}.0/24"
        else
            let group = random.Next 0xFFFF + 1
            $"2001:%x{group}::/32"
    | ObservableType.IpPort ->
        if random.Next 2 = 0 then
            $"%s{v4 random}:%d{random.Next 65536}"
        else
            $"[%s{v6 random}]:%d{random.Next 65536}"
    | ObservableType.Domain -> $"%s{hex random 8}.example-%d{random.Next 100}.com"
    | ObservableType.Url -> $"https://%s{hex random 5}.example/%s{text random}"
    | ObservableType.Email -> $"%s{hex random 5}'%s{hex random 2}@example.org"
    | ObservableType.Md5 -> hex random 32
    | ObservableType.Sha1 -> hex random 40
    | ObservableType.Sha256 -> hex random 64
    | ObservableType.Sha512 -> hex random 128
    | ObservableType.Asn -> $"AS%d{random.Next 100000 + 1}"
    | ObservableType.Ssdeep -> $"96:%s{hex random 40}:%s{hex random 20}/+"
    | ObservableType.Tlsh -> "T1" + (hex random 70).ToUpperInvariant()
    | ObservableType.FileName -> $"%s{hex random 5}%s{text random}.exe"
    | ObservableType.FilePath ->
        match random.Next 4 with
        | 0 -> "C:\\" + hex random 2
        | 1 -> $"/tmp/%s{hex random 2}%s{text random}/%s{hex random 3}'é.sh"
        | 2 -> "C:\\Users\\" + hex random 1 + "\\"
        | _ -> "C:\\Users\\" + hex random 1 + "\\" + hex random 4 + ".exe"
    | ObservableType.Mutex -> $"Global\\%s{hex random 5}%s{text random}"
    | ObservableType.RegistryKey -> $"HKEY_CURRENT_USER\\Software\\%s{hex random 5}%s{text random}"
    | ObservableType.UserAgent -> $"Mozilla/5.0 ('%s{hex random 5}%s{text random}')"
    | ObservableType.Ja3 -> hex random 32
    | ObservableType.CertificateSha1 -> hex random 40
    | ObservableType.CertificateSha256 -> hex random 64
    | ObservableType.Mac -> String.Join(':', [ for _ in 1..6 -> hex random 2 ])
    | ObservableType.Cve -> $"CVE-20%d{random.Next 10}%d{random.Next 10}-%d{1000 + random.Next 90000}"
    | ObservableType.CryptoAddress -> "bc1q" + hex random 38
    | ObservableType.AttackId ->
        let number = random.Next 9000 + 1000

        match random.Next 6 with
        | 0 -> $"T%d{number}.001"
        | 1 -> $"G%d{number}"
        | 2 -> $"M%d{number}"
        | 3 -> $"C%d{number}"
        | 4 -> $"S%d{number}"
        | _ -> $"T%d{number}"

    | ObservableType.StixPattern -> $"[file:name = '%s{hex random 4}' AND file:name = 'x']"
    | ObservableType.YaraRule -> $"rule r%s{hex random 4} {{\n\tcondition: '%s{text random}' \\ \"x\"\n}}"
    | ObservableType.SigmaRule -> $"title: %s{hex random 4}%s{text random}\nlevel: high"
    | ObservableType.SuricataRule
    | ObservableType.SnortRule -> $"alert ip any any -> any any (msg:\"%s{text random}\"; sid:%d{random.Next 10_000};)"

let private pick (random: Random) (items: 'T[]) = items[random.Next items.Length]

let private labels (random: Random) =
    NameSet.Of
        [
            for _ in 1 .. random.Next 4 do
                if random.Next 2 = 0 then
                    pick random Stix.indicatorTypes
                else
                    "label-" + text random
        ]

let private time (random: Random) =
    match random.Next 20 with
    | 0 -> Timestamp.ofDateTimeOffset DateTimeOffset.MinValue
    | 1 -> Timestamp.ofDateTimeOffset DateTimeOffset.MaxValue
    | _ -> now - Timestamp.ofMicroseconds (random.NextInt64 200_000_000_000_000L)

/// A batch of `rows` indicators of all types, from a seed. Some services share an address with each other or with a row.
let batch (seed: int) (rows: int) =
    let random = Random seed
    let batch = IndicatorBatch(rows + 8)

    for _ in 1..rows do
        let observable = pick random ObservableType.all
        let row = add batch observable (value random observable)
        let created = now - Timestamp.ofMicroseconds (random.NextInt64 1_000_000_000L)
        batch.Created[row] <- created
        batch.Modified[row] <- created + Timestamp.ofMicroseconds (random.NextInt64 3_000_000L)
        batch.FirstSeen[row] <- time random
        batch.LastSeen[row] <- max batch.FirstSeen[row] (time random)

        batch.Status[row] <-
            pick
                random
                [|
                    IndicatorStatus.Active
                    IndicatorStatus.Expired
                    IndicatorStatus.Withdrawn
                    IndicatorStatus.Revoked
                |]

        if batch.Status[row] <> IndicatorStatus.Active && random.Next 4 > 0 then
            batch.ValidUntil[row] <- time random

        batch.Confidence[row] <- byte (random.Next 101)
        batch.Tlp[row] <- pick random Tlp.all
        batch.Labels[row] <- labels random

        batch.Sources[row] <-
            if random.Next 5 = 0 then
                NameSet.Empty
            else
                NameSet.Of [ for _ in 0 .. random.Next 3 -> "source " + text random ]

    // The same address as a row, twice as a service, and a subject in two episodes.
    add batch ObservableType.Ipv4 "198.51.100.3" |> ignore
    add batch ObservableType.IpPort "198.51.100.3:80" |> ignore
    add batch ObservableType.IpPort "198.51.100.3:443" |> ignore
    let again = add batch ObservableType.Domain "twice.example"
    batch.Status[again] <- IndicatorStatus.Revoked
    let second = add batch ObservableType.Domain "twice.example"

    batch.Id[second] <-
        Identity.indicator
            {
                Type = ObservableType.Domain
                Value = "twice.example"
            }
            1

    batch

/// Everything a renderer writes for one batch, the rows handed over in pieces of `size`.
let renderIn (size: int) (spec: RenderSpec) (context: RenderContext) (batch: IndicatorBatch) (selected: int[]) =
    let renderer = RenderSpec.create spec
    let writer = Utf8Writer 16
    renderer.Header(context, writer)

    for piece in Array.chunkBySize size selected do
        renderer.Rows(batch, ReadOnlySpan<int> piece, writer)

    renderer.Footer({ Rows = int64 selected.Length }, writer)
    writer.ToString()

let context =
    {
        Now = now
        PreviousSerial = ValueNone
    }

let render (spec: RenderSpec) (batch: IndicatorBatch) =
    renderIn 2048 spec context batch (canonical batch)
