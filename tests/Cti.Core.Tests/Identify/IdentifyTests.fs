// Ids: every SHA-1 path against the framework's, published UUIDs, and what an id must and must not depend on.
module Cti.Core.Tests.IdentifyTests

open System
open System.Security.Cryptography
open System.Text
open Cti.Core
open FsCheck
open FsCheck.FSharp
open Xunit

let private paths = [ Sha1Path.Scalar; Sha1Path.Lanes8; Sha1Path.Lanes16 ]

let private expected (space: Uuid) (name: byte[]) =
    let message = Array.zeroCreate<byte>(16 + name.Length)
    Uuid.toBytes space (Span<byte> message)
    name.CopyTo(message, 16)
    let digest = SHA1.HashData message
    Uuid.version5 (ReadOnlySpan<byte> digest)

let private hashAll (hasher: Uuid5Hasher) (space: Uuid) (names: byte[][]) =
    let column = TextColumn(4, 4)

    for name in names do
        column.Add(ReadOnlySpan<byte> name)

    let target = Array.zeroCreate<Uuid> names.Length
    hasher.Hash(space, column, Span<Uuid> target)
    target

let private bytes (text: string) = Encoding.UTF8.GetBytes text

[<Fact>]
let ``scalar SHA-1 gives the framework's digest at every length from 0 to 300`` () =
    let random = Random 1

    for length in 0..300 do
        let message = Array.zeroCreate<byte> length
        random.NextBytes message
        let digest = Array.zeroCreate<byte> 20
        Sha1.hash (ReadOnlySpan<byte> message) (Span<byte> digest)
        Assert.Equal<byte>(SHA1.HashData message, digest)

[<Fact>]
let ``every path gives the framework's bytes at every length from 0 to 600, all in one batch`` () =
    let random = Random 2

    let names =
        Array.init 601 (fun length ->
            let name = Array.zeroCreate<byte> length
            random.NextBytes name
            name)

    let wanted = names |> Array.map (expected Namespace.subject)

    for path in paths do
        Assert.Equal<Uuid>(wanted, hashAll (Uuid5Hasher path) Namespace.subject names)

[<Fact>]
let ``every path gives the framework's bytes for random batches, one hasher used again and again`` () =
    let hashers = paths |> List.map Uuid5Hasher

    let lengths = Gen.frequency [ 6, Gen.choose (0, 45); 2, Gen.choose (0, 200) ]

    let batches =
        gen {
            let! size = Gen.choose (0, 70)
            let! sizes = Gen.arrayOfLength size lengths
            let! seed = Gen.choose (0, Int32.MaxValue - 1)
            let random = Random seed

            return
                sizes
                |> Array.map (fun length ->
                    let name = Array.zeroCreate<byte> length
                    random.NextBytes name
                    name)
        }

    let holds (names: byte[][]) =
        let wanted = names |> Array.map (expected Namespace.observation)

        hashers
        |> List.forall (fun hasher -> hashAll hasher Namespace.observation names = wanted)

    Check.One(Config.QuickThrowOnFailure.WithMaxTest 300, Prop.forAll (Arb.fromGen batches) holds)

[<Fact>]
let ``the UUIDv5 example of RFC 9562 A.4 comes out`` () =
    let dns = UInt128(0x6BA7B8109DAD11D1UL, 0x80B400C04FD430C8UL)
    Assert.Equal("2ed6657d-e927-568b-95e1-2665a8aea6a2", Uuid.toText (Uuid5.ofText dns "www.example.com"))

[<Fact>]
let ``our namespaces are made as their comment says, and none is another's`` () =
    let ours =
        [
            "subject", Namespace.subject
            "observation", Namespace.observation
            "observed-data", Namespace.observedData
            "relationship", Namespace.relationship
            "object", Namespace.single
            "bundle", Namespace.bundle
            "misp-event", Namespace.mispEvent
            "misp-attribute", Namespace.mispAttribute
            "misp-organisation", Namespace.mispOrganisation
            "dead-letter", Namespace.deadLetter
        ]

    for name, space in ours do
        Assert.Equal(Uuid5.ofText Namespace.url $"https://cti-pipelines.example/ns/%s{name}", space)

    let all = Namespace.url :: Namespace.stixObservable :: List.map snd ours
    Assert.Equal(all.Length, (List.distinct all).Length)

[<Fact>]
let ``the UUID of a subject is pinned: published ids never change`` () =
    // Made with another implementation: Python's uuid.uuid5(namespace, "domain:example.com") and "domain#2:example.com".
    let subject =
        {
            Type = ObservableType.Domain
            Value = "example.com"
        }

    Assert.Equal("1c7472a8-9fcd-5344-bc36-bf44666c7ebc", Uuid.toText (Identity.subject subject))
    Assert.Equal("5671647e-cb2e-5a00-90fe-1a1adce7907a", Uuid.toText (Identity.indicator subject 2))

[<Fact>]
let ``an episode cannot be mistaken for part of a value`` () =
    let id (observable: ObservableType) value episode =
        Identity.indicator { Type = observable; Value = value } episode

    let all =
        [
            for episode in 0..3 do
                for value in [ "a"; "a#1"; "1:a"; "#1:a"; ":a"; "a#2"; "" ] do
                    for observable in ObservableType.all do
                        id observable value episode
        ]

    Assert.Equal(all.Length, (List.distinct all).Length)

[<Fact>]
let ``filling a batch gives each row the id its values have alone, on every path`` () =
    let random = Random 3

    for path in paths do
        let hasher = Uuid5Hasher path
        let batch = ObservationBatch 4

        for round in 0..2 do
            batch.Clear()

            for index in 0 .. 100 * round + 17 do
                let row = batch.Add()
                batch.Type[row] <- ObservableType.all[random.Next ObservableType.all.Length]
                let filler = String('x', random.Next 90)
                batch.Value.Add(ReadOnlySpan<byte>(bytes $"väl'ue-%d{index}%s{filler}"))
                batch.EventTime[row] <- Timestamp.ofMicroseconds (random.NextInt64(-1000L, 4_000_000_000_000_000L))
                batch.Payload[row] <- uint64 (random.NextInt64())

            Identity.fill hasher batch

            for row in 0 .. batch.Count - 1 do
                let subject =
                    Identity.subject
                        {
                            Type = batch.Type[row]
                            Value = batch.Value.Text row
                        }

                Assert.Equal(subject, batch.Subject[row])
                Assert.Equal(Identity.observation subject batch.EventTime[row] batch.Payload[row], batch.Id[row])

[<Fact>]
let ``an observation's name fits one SHA-1 block and every part of it counts`` () =
    let subject =
        Identity.subject
            {
                Type = ObservableType.Ipv4
                Value = "192.0.2.1"
            }

    let other =
        Identity.subject
            {
                Type = ObservableType.Ipv4
                Value = "192.0.2.2"
            }

    let at = Timestamp.ofMicroseconds

    let all =
        [
            Identity.observation subject (at 1L) 1UL
            Identity.observation subject (at 1L) 2UL
            Identity.observation subject (at 2L) 1UL
            Identity.observation other (at 1L) 1UL
        ]

    Assert.Equal(4, (List.distinct all).Length)
    Assert.Equal(all.Head, Identity.observation subject (at 1L) 1UL)

[<Fact>]
let ``a payload hash depends on the source and on the record, and not on where one ends`` () =
    let hash (source: string) (record: string) =
        Payload.hash (ReadOnlySpan<byte>(bytes source)) (ReadOnlySpan<byte>(bytes record))

    let all =
        [ hash "a" "bc"; hash "ab" "c"; hash "" "abc"; hash "abc" ""; hash "a" "bd" ]

    Assert.Equal(5, (List.distinct all).Length)
    Assert.Equal(hash "feed" "x,y", hash "feed" "x,y")
