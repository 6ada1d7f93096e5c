// How collections are paged: nothing is lost and nothing read for ever, from servers as they should be and as they are.
module Cti.Core.Tests.TaxiiPagingTests

open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core
open Cti.Core.Tests.TaxiiModel

let private second = 1_000_000L

let private objects (dates: int64 list) =
    dates |> List.mapi (fun index at -> { At = at; Object = uint64 index + 1UL })

let private sorted (added: Added list) =
    added |> List.sortBy (fun added -> added.At, added.Object) |> List.map _.Object

// Servers that may be used: with `next`, or by date with fewer objects of one date than a page of the largest limit holds.
let private servers =
    gen {
        let! count = Gen.choose (0, 60)
        let! dates = Gen.listOfLength count (Gen.choose (1, 30))
        let! precision = Gen.elements [ 1L; 1_000L; second ]
        let! unit = Gen.elements [ 1L; 300L; second ]
        let! most = Gen.choose (1, 12)
        let! next = Gen.elements [ true; false ]
        let! inclusive = Gen.elements [ true; false ]

        return
            { proper with
                Objects = dates |> List.map (fun date -> int64 date * unit + second) |> objects
                // By date alone a page must be able to hold what was added at one time.
                Most = if next then most else 10_000
                GivesNext = next
                IsInclusive = inclusive
                Precision = precision
            }
    }

let private forServers (law: Server -> bool) =
    Check.One(Config.QuickThrowOnFailure.WithMaxTest 500, Prop.forAll (Arb.fromGen servers) law)

[<Fact>]
let ``a reading gives every object once and comes to an end`` () =
    forServers (fun server ->
        let reading = read (answer server) TaxiiMark.none
        reading.End = TaxiiStep.Done && reading.All = sorted server.Objects)

[<Fact>]
let ``a second reading of the same collection gives nothing`` () =
    forServers (fun server ->
        let first = read (answer server) TaxiiMark.none
        let again = read (answer server) (first.MarkOr TaxiiMark.none)
        again.End = TaxiiStep.Done && again.All.IsEmpty)

[<Fact>]
let ``what is added later comes with the next reading, also within the last instant`` () =
    forServers (fun server ->
        let known, later =
            server.Objects
            |> List.sortBy (fun added -> added.At, added.Object)
            |> List.splitAt (server.Objects.Length / 2)

        let first = read (answer { server with Objects = known }) TaxiiMark.none
        let second = read (answer server) (first.MarkOr TaxiiMark.none)
        Set.isSubset (later |> List.map _.Object |> Set.ofList) (Set.ofList second.All))

[<Fact>]
let ``a reading that was broken off goes on behind its last page`` () =
    forServers (fun server ->
        let broken = readUpTo 2 (answer server) TaxiiMark.none
        let rest = read (answer server) (broken.MarkOr TaxiiMark.none)
        broken.All @ rest.All = sorted server.Objects)

[<Fact>]
let ``a mark comes back from its text as it was`` () =
    let marks =
        gen {
            let! at = Gen.choose64 (0L, 4_000_000_000_000_000L)
            let! tail = Gen.listOf (Gen.choose64 (0L, System.Int64.MaxValue))
            return TaxiiMark.behind (time at) (tail |> List.truncate 100 |> List.map uint64)
        }

    Check.One(
        Config.QuickThrowOnFailure,
        Prop.forAll (Arb.fromGen marks) (fun mark -> TaxiiMark.ofText (TaxiiMark.text mark) = mark)
    )

[<Theory>]
[<InlineData("")>]
[<InlineData("yesterday")>]
[<InlineData("2026-01-01T00:00:00.000000Z 12")>]
[<InlineData("2026-01-01T00:00:00.000000Z 00000000000000zz")>]
let ``what is no mark begins anew`` (text: string) =
    Assert.Equal(TaxiiMark.none, TaxiiMark.ofText text)

[<Theory>]
[<InlineData("2026-01-02T03:04:05.123456Z", 123456L)>]
[<InlineData("2026-01-02T03:04:05.123Z", 123000L)>]
[<InlineData("2026-01-02T03:04:05Z", 0L)>]
[<InlineData("2026-01-02T04:04:05.5+01:00", 500000L)>]
let ``dates are read with any number of digits`` (text: string, micros: int64) =
    let second = Timestamp.toMicroseconds (TaxiiMark.parseTime "2026-01-02T03:04:05Z")
    Assert.Equal(second + micros, Timestamp.toMicroseconds (TaxiiMark.parseTime text))

[<Fact>]
let ``dates are written with six digits`` () =
    Assert.Equal("2026-01-02T03:04:05.120000Z", TaxiiMark.writeTime (TaxiiMark.parseTime "2026-01-02T03:04:05.12Z"))

// Servers that get it wrong: a page for each request, or by the request's number.
let private page (hashes: uint64 list) (first: int64) (last: int64) (next: string option) =
    {
        Hashes = Array.ofList hashes
        First = if first = 0L then Timestamp.none else time first
        Last = if last = 0L then Timestamp.none else time last
        More = true
        Next = next
    }

let private script (pages: TaxiiPage list) =
    let mutable at = -1

    fun (_: TaxiiAsk) ->
        at <- min (at + 1) (pages.Length - 1)
        pages[at]

[<Fact>]
let ``a server that sends one page again and again is left after the second`` () =
    let reading =
        read (fun _ -> page [ 1UL; 2UL ] second (2L * second) (Some "x")) TaxiiMark.none

    Assert.Equal(TaxiiStep.Stop TaxiiStop.SamePage, reading.End)
    Assert.Equal(2, reading.Asked.Length)

[<Fact>]
let ``a server that does not know added_after is left when its page comes again`` () =
    let reading =
        read (fun _ -> page [ 1UL; 2UL ] second (2L * second) None) TaxiiMark.none

    Assert.Equal(TaxiiStep.Stop TaxiiStop.SamePage, reading.End)
    Assert.Equal<uint64 list>([ 1UL; 2UL ], reading.All)

[<Fact>]
let ``two pages that take turns are left when the first comes again`` () =
    let mutable count = 0

    let turns (_: TaxiiAsk) =
        count <- count + 1
        page [ uint64 (count % 2) ] second second (Some(string count))

    let reading = read turns TaxiiMark.none
    Assert.Equal(TaxiiStep.Stop TaxiiStop.SamePage, reading.End)
    Assert.Equal(3, reading.Asked.Length)

[<Fact>]
let ``a token that never changes is believed while new objects come`` () =
    let pages =
        [
            page [ 1UL ] second second (Some "next")
            page [ 2UL ] (2L * second) (2L * second) (Some "next")
            { page [ 3UL ] (3L * second) (3L * second) None with
                More = false
            }
        ]

    let reading = read (script pages) TaxiiMark.none
    Assert.Equal(TaxiiStep.Done, reading.End)
    Assert.Equal<uint64 list>([ 1UL; 2UL; 3UL ], reading.All)

[<Fact>]
let ``an empty page with more behind it is passed over`` () =
    let pages =
        [
            page [] 0L 0L (Some "1")
            { page [ 1UL ] second second None with
                More = false
            }
        ]

    Assert.Equal<uint64 list>([ 1UL ], (read (script pages) TaxiiMark.none).All)

[<Fact>]
let ``empty pages come to an end, whatever their tokens`` () =
    let mutable count = 0

    let empties (_: TaxiiAsk) =
        count <- count + 1
        page [] 0L 0L (Some(string count))

    Assert.Equal(TaxiiStep.Stop TaxiiStop.EmptyForEver, (read empties TaxiiMark.none).End)
    Assert.Equal(TaxiiPaging.mostEmpty, count)
    Assert.Equal(TaxiiStep.Stop TaxiiStop.EmptyForEver, (read (fun _ -> page [] 0L 0L (Some "x")) TaxiiMark.none).End)

[<Fact>]
let ``an empty page that only says that there is more ends the reading`` () =
    Assert.Equal(TaxiiStep.Done, (read (fun _ -> page [] 0L 0L None) TaxiiMark.none).End)

[<Fact>]
let ``more without a token and without a date is a way that leads nowhere`` () =
    let reading = read (fun _ -> page [ 1UL ] 0L 0L None) TaxiiMark.none
    Assert.Equal(TaxiiStep.Stop TaxiiStop.NoWayOn, reading.End)
    Assert.Equal(TaxiiMark.none, reading.MarkOr TaxiiMark.none)

[<Fact>]
let ``where more was added at one time than a page holds, larger pages are asked for`` () =
    let server =
        { proper with
            Objects =
                List.init 35 (fun index ->
                    {
                        At = second
                        Object = uint64 index + 1UL
                    })
            GivesNext = false
            Most = 40
        }

    let reading = read (answer server) TaxiiMark.none
    Assert.Equal(TaxiiStep.Done, reading.End)
    Assert.Equal<uint64 list>(sorted server.Objects, reading.All)

[<Fact>]
let ``a server that gives no larger pages is told of, and nothing is passed over`` () =
    let server =
        { proper with
            Objects =
                List.init 35 (fun index ->
                    {
                        At = second
                        Object = uint64 index + 1UL
                    })
            GivesNext = false
            Most = 10
        }

    let reading = read (answer server) TaxiiMark.none
    Assert.Equal(TaxiiStep.Stop(TaxiiStop.TooManyAtOnce(time second)), reading.End)
    Assert.Equal(10, reading.All.Length)

[<Fact>]
let ``of an instant with more objects than can be known again only what comes after is asked for`` () =
    let server =
        { proper with
            Objects =
                List.init 250 (fun index ->
                    {
                        At = second
                        Object = uint64 index + 1UL
                    })
            Most = 50
        }

    let first = read (answer server) TaxiiMark.none
    Assert.Equal(250, first.All.Length)
    let mark = first.MarkOr TaxiiMark.none
    Assert.Equal(TaxiiMark.behind (time second) [], mark)
    Assert.Empty((read (answer server) mark).All)

[<Fact>]
let ``a server without dates is asked by its clock, with time for what was on its way`` () =
    let server =
        { proper with
            Objects = objects [ second; second; 2L * second ]
            SaysDates = false
        }

    let mark = (read (answer server) TaxiiMark.none).MarkOr TaxiiMark.none
    Assert.Equal(TaxiiMark.behind (now - 300_000_000L<us>) [], mark)

[<Fact>]
let ``pages that are not in order move the mark only at the end`` () =
    let pages =
        [
            page [ 1UL ] (5L * second) (9L * second) (Some "1")
            page [ 2UL ] (1L * second) (4L * second) (Some "2")
            { page [ 3UL ] (6L * second) (7L * second) None with
                More = false
            }
        ]

    let whole = read (script pages) TaxiiMark.none

    Assert.Equal<TaxiiMark list>(
        [ TaxiiMark.none; TaxiiMark.none; TaxiiMark.behind (time (9L * second)) [] ],
        whole.Marks
    )

    let broken = readUpTo 2 (script pages) TaxiiMark.none
    Assert.Equal<TaxiiMark list>([ TaxiiMark.none; TaxiiMark.none ], broken.Marks)

[<Fact>]
let ``a date in the far future does not hide what comes after`` () =
    let wrong =
        { page [ 1UL ] (Timestamp.toMicroseconds now * 2L) (Timestamp.toMicroseconds now * 2L) None with
            More = false
        }

    Assert.Equal(TaxiiMark.behind now [], (read (fun _ -> wrong) TaxiiMark.none).MarkOr TaxiiMark.none)

[<Fact>]
let ``a declared start counts where it is later than the mark`` () =
    let mark = TaxiiMark.behind (time (5L * second)) [ 1UL ]
    let struct (_, later) = TaxiiPaging.start mark (time (6L * second)) 10
    let struct (_, earlier) = TaxiiPaging.start mark (time (4L * second)) 10
    Assert.Equal(time (6L * second), later.AddedAfter)
    Assert.Equal(time (5L * second - 1L), earlier.AddedAfter)
