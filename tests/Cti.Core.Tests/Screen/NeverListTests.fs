// Never-lists hold what an entry says, and whatever would block the entry along with itself.
module Cti.Core.Tests.Screen.NeverListTests

open System
open System.Net
open System.Text
open Cti.Core
open Cti.Core.Tests.Screen.ScreenTests
open FsCheck
open FsCheck.FSharp
open Xunit

let private neverOf (text: string) =
    match AllowList.parseNever "never.txt" (ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes text)) with
    | Ok list -> list
    | Error error -> raise (Xunit.Sdk.XunitException(ScreenError.message error))

let private answer (set: ScreenSet) (value: string) =
    let hit = set.Match(subjectOf value)

    if hit.Reason = ScreenReason.None then
        ""
    else
        $"%s{ScreenReason.code hit.Reason} %s{set.ListName hit}: %s{set.EntryText hit}"

[<Fact>]
let ``a never-list holds its entries and what would block them along with itself`` () =
    let set =
        setOf
            [
                neverOf
                    "192.0.2.7\n198.51.100.0/28\n2001:db8:1::/48\nwww.ours.example # the shop\n.group.test\nhttps://login.bank.test/start\n203.0.113.9:443\n"
            ]

    for value, entry in
        [
            "192.0.2.7", "192.0.2.7"
            "192.0.2.0/24", "192.0.2.7"
            "192.0.2.7/32", "192.0.2.7"
            "192.0.2.7:80", "192.0.2.7"
            "198.51.100.3", "198.51.100.0/28"
            "198.51.100.0/24", "198.51.100.0/28"
            "198.51.100.4/30", "198.51.100.0/28"
            "2001:db8::/32", "2001:db8:1::/48"
            "2001:db8:1::5", "2001:db8:1::/48"
            "www.ours.example", "www.ours.example"
            "ours.example", "www.ours.example"
            "http://www.ours.example/x", "www.ours.example"
            "deep.group.test", ".group.test"
            "group.test", ".group.test"
            "https://login.bank.test/start", "https://login.bank.test/start"
            "login.bank.test", "https://login.bank.test/start"
            "bank.test", "https://login.bank.test/start"
            "203.0.113.9:443", "203.0.113.9:443"
            "203.0.113.9", "203.0.113.9:443"
            "203.0.113.0/24", "203.0.113.9:443"
        ] do
        Assert.Equal((value, $"CTI-SCREEN-010 never.txt: %s{entry}"), (value, answer set value))

    for value in
        [
            "192.0.2.8"
            "192.0.2.8/29"
            "198.51.100.16/28"
            "2001:db8:2::/48"
            "other.ours.example"
            "http://ours.example/x"
            "deep.www.ours.example"
            "https://login.bank.test/other"
            "http://bank.test/"
            "203.0.113.9:80"
        ] do
        Assert.Equal((value, ""), (value, answer set value))

[<Fact>]
let ``an allow-list holds what its entries say, and no more`` () =
    let list =
        match
            AllowList.parse "ours.txt" (ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes "192.0.2.7\nwww.ours.example\n"))
        with
        | Ok list -> list
        | Error error -> raise (Xunit.Sdk.XunitException(ScreenError.message error))

    let set = setOf [ list ]
    Assert.Equal("CTI-SCREEN-002 ours.txt: 192.0.2.7", answer set "192.0.2.7")
    Assert.Equal("", answer set "192.0.2.0/24")
    Assert.Equal("", answer set "ours.example")

[<Fact>]
let ``a network is held exactly when it and an entry share an address`` () =
    let network =
        gen {
            let! last = Gen.choose (0, 255)
            let! bits = Gen.choose (16, 32)
            let! third = Gen.choose (0, 3)
            let address = (203u <<< 24) ||| (uint32 (112 + third) <<< 8) ||| uint32 last
            let masked = address &&& (UInt32.MaxValue <<< (32 - bits))

            return
                $"%d{masked >>> 24}.%d{(masked >>> 16) &&& 255u}.%d{(masked >>> 8) &&& 255u}.%d{masked &&& 255u}/%d{bits}"
        }

    let overlap (left: string) (right: string) =
        let a = IPNetwork.Parse left
        let b = IPNetwork.Parse right
        a.Contains b.BaseAddress || b.Contains a.BaseAddress

    Gen.zip (Gen.nonEmptyListOf network) network
    |> Arb.fromGen
    |> fun cases ->
        Prop.forAll cases (fun (entries, asked) ->
            let set = setOf [ neverOf (String.concat "\n" entries) ]
            (answer set asked <> "") = List.exists (overlap asked) entries)
    |> Check.QuickThrowOnFailure
