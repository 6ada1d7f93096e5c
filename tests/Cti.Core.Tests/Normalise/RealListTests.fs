// Real lists of indicators through recognition: nearly all taken, none as a type it is not. Skips where the lists are absent.
module Cti.Core.Tests.Normalise.RealListTests

open System
open System.Collections.Generic
open System.IO
open System.Net
open Cti.Core
open Xunit
open Xunit.Abstractions

/// The folder of shared data, found upward from the test's binaries; None when this machine has none.
let sharedData () : string option =
    let rec up (folder: DirectoryInfo | null) =
        match folder with
        | null -> None
        | folder ->
            let candidate = Path.Combine(folder.FullName, "..", "shared", "data")

            if File.Exists(Path.Combine(folder.FullName, "Cti.Pipelines.sln")) then
                if Directory.Exists candidate then
                    Some(Path.GetFullPath candidate)
                else
                    None
            else
                up folder.Parent

    up (DirectoryInfo AppContext.BaseDirectory)

let private files (root: string) =
    let lists = Path.Combine(root, "lists")

    let of' (folder: string) (pattern: string) =
        Directory.GetFiles(Path.Combine(lists, folder), pattern)

    Array.concat
        [
            of' "." "ipsum*"
            of' "." "tor*"
            of' "maltrail" "*.txt"
            of' "urlhaus-filter" "urlhaus-filter-domains*"
            of' "urlhaus-filter" "urlhaus-filter-online*"
            of' "urlhaus-filter" "urlhaus-filter-dnscrypt*"
        ]
    |> Array.sort

let private values (file: string) =
    File.ReadLines file
    |> Seq.map (fun line ->
        let comment = line.IndexOf(" #", StringComparison.Ordinal)
        let kept = if comment < 0 then line else line.Substring(0, comment)
        let tab = kept.IndexOf '\t'
        (if tab < 0 then kept else kept.Substring(0, tab)).Trim())
    |> Seq.filter (fun line -> line <> "" && line[0] <> '#' && line[0] <> '!')

// Independent checks by the framework's own parsers, which the rules do not use.
let private isPlausible (subject: Subject) =
    match subject.Type with
    | ObservableType.Ipv4
    | ObservableType.Ipv6 -> (IPAddress.Parse subject.Value).ToString() = subject.Value
    | ObservableType.Cidr -> IPNetwork.TryParse subject.Value |> fst
    | ObservableType.IpPort -> IPEndPoint.TryParse subject.Value |> fst
    | ObservableType.Domain ->
        Uri.CheckHostName subject.Value = UriHostNameType.Dns
        && not (IPAddress.TryParse subject.Value |> fst)
    | ObservableType.Url -> Uri.TryCreate(subject.Value, UriKind.Absolute) |> fst
    | ObservableType.Email -> subject.Value.Contains '@'
    | ObservableType.Md5
    | ObservableType.Sha1
    | ObservableType.Sha256
    | ObservableType.Sha512 -> Array.forall Char.IsAsciiHexDigitLower (subject.Value.ToCharArray())
    // Recognised by a checksum or a form of their own; the tables judge them.
    | _ -> subject.Value <> ""

type RealLists(output: ITestOutputHelper) =
    [<Fact>]
    member _.``every wallet of a real list has a good checksum``() =
        match sharedData () with
        | None -> output.WriteLine "skipped: ../shared/data is not there"
        | Some root ->
            let wallets =
                values (Path.Combine(root, "lists", "unit42", "xmr_wallets.txt")) |> Seq.toArray

            let refused =
                wallets
                |> Array.filter (fun wallet ->
                    Normalise.tryParse TypeHint.Auto wallet
                    <> Ok
                        {
                            Type = ObservableType.CryptoAddress
                            Value = wallet
                        })

            output.WriteLine $"%d{refused.Length} of %d{wallets.Length} refused: %A{Array.truncate 3 refused}"
            Assert.True(wallets.Length > 2000 && refused.Length * 100 < wallets.Length)

    [<Fact>]
    member _.``at least 95 percent of real list entries are taken, as what they are``() =
        match sharedData () with
        | None -> output.WriteLine "skipped: ../shared/data is not there"
        | Some root ->
            let mutable total = 0
            let mutable taken = 0
            let wrong = List<string>()
            let types = Dictionary<string, int>()
            let codes = Dictionary<string, int>()
            let examples = Dictionary<string, string>()

            let count (counts: Dictionary<string, int>) (key: string) =
                counts[key] <- (if counts.ContainsKey key then counts[key] else 0) + 1

            for file in files root do
                for value in values file do
                    total <- total + 1

                    match Normalise.tryParse TypeHint.Auto value with
                    | Ok subject ->
                        taken <- taken + 1
                        count types (ObservableType.name subject.Type)

                        if not (isPlausible subject) then
                            wrong.Add $"%s{ObservableType.name subject.Type} %s{value}"
                    | Error error ->
                        count codes (NormaliseError.code error)
                        examples[NormaliseError.code error] <- value

            for pair in types do
                output.WriteLine $"%s{pair.Key} %d{pair.Value}"

            for pair in codes do
                output.WriteLine $"%s{pair.Key} %d{pair.Value}, for example %s{examples[pair.Key]}"

            output.WriteLine $"%d{taken} of %d{total}"

            for value in Seq.truncate 20 wrong do
                output.WriteLine $"wrong: %s{value}"

            // Maltrail's trails are a detector's rules: 45,346 of these lines are URL paths without a host, which are no observable
            // of any type. They are refused by a code of their own, so the share counts the lines that name a host or an address.
            let paths =
                match codes.TryGetValue(NormaliseError.code NormaliseError.UrlPath) with
                | true, paths -> paths
                | _ -> 0

            output.WriteLine $"%d{paths} paths without a host; of the rest %d{taken} of %d{total - paths}"
            Assert.True(float taken >= 0.95 * float (total - paths), $"%d{taken} of %d{total - paths} taken")
            Assert.Empty wrong
