// The warninglists MISP publishes, all at once: they load, they answer, and it is told how long that takes. Skips where they are absent.
module Cti.Core.Tests.Screen.RealWarninglistTests

open System
open System.Diagnostics
open System.IO
open Cti.Core
open Cti.Core.Tests.Normalise
open Xunit
open Xunit.Abstractions

type RealWarninglists(output: ITestOutputHelper) =
    [<Fact>]
    member _.``all published warninglists load and screen what they name``() =
        match RealListTests.sharedData () with
        | None -> output.WriteLine "skipped: ../shared/data is not there"
        | Some root ->
            let files =
                DirectoryInfo(Path.Combine(root, "warninglists")).GetFiles "*.json"
                |> Array.sortBy (fun file -> file.Name)

            let clock = Stopwatch.StartNew()

            let lists =
                files
                |> Array.choose (fun file ->
                    match Warninglist.parse file.Name (ReadOnlyMemory<byte>(File.ReadAllBytes file.FullName)) with
                    | Ok list -> Some list
                    | Error error ->
                        output.WriteLine(ScreenError.message error)
                        None)

            Assert.Equal(files.Length, lists.Length)
            let parsed = clock.ElapsedMilliseconds

            match ScreenSet.Build(lists, BroadEntry.defaults) with
            | Error errors -> Assert.Fail $"%A{errors}"
            | Ok set ->
                let entries = lists |> Array.sumBy (fun list -> list.Entries.Count)

                output.WriteLine
                    $"%d{lists.Length} lists, %d{entries} entries, %d{set.Count} looked up, %d{set.UnusedEntries} of no use; parsed in %d{parsed} ms, built in %d{clock.ElapsedMilliseconds - parsed} ms"

                let expect (value: string) (list: string) =
                    match Normalise.tryParse TypeHint.Auto value with
                    | Error error -> Assert.Fail $"%s{value}: %A{error}"
                    | Ok subject ->
                        let hit = set.Match subject
                        Assert.Equal(list, (if hit.List < 0 then "none" else set.Lists[hit.List].File))

                expect "8.8.8.8" "public-dns-v4.json"
                expect "10.1.2.3" "rfc1918.json"
                expect "fe80::1" "ipv6-linklocal.json"
                expect "abuse@evil.example" "common-contact-emails.json"
                expect "d41d8cd98f00b204e9800998ecf8427e" "common-ioc-false-positive.json"
                expect "http://www.virustotal.com/x" "automated-malware-analysis.json"
                expect "evil-never-listed.example" "none"
                expect "http://evil-never-listed.example/" "none"
