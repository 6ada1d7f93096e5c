// Whether a reading is believed, rule by rule.
module Cti.Core.Tests.FeedRuleTests

open System
open Xunit
open Cti.Core

let private now =
    Timestamp.ofDateTimeOffset (DateTimeOffset(2026, 1, 31, 0, 0, 0, TimeSpan.Zero))

let private nothing: FeedExpectation =
    {
        IsSnapshot = true
        Records = ValueNone
        MaxRejected = ValueNone
        MaxAge = ValueNone
        Shrink = FeedRules.shrink
        Growth = FeedRules.growth
        MaxUnchanged = ValueNone
    }

let private read records =
    {
        Records = records
        Rejected = 0L
        Newest = now
    }

let private code (alarm: FeedAlarm voption) =
    match alarm with
    | ValueSome alarm -> alarm.Code
    | ValueNone -> ""

[<Theory>]
[<InlineData(1000L, 1000L, "")>]
[<InlineData(1000L, 500L, "")>]
[<InlineData(1000L, 499L, "CTI-SOURCE-033")>]
[<InlineData(1000L, 0L, "CTI-SOURCE-034")>]
[<InlineData(1000L, 10_000L, "")>]
[<InlineData(1000L, 10_001L, "CTI-SOURCE-035")>]
[<InlineData(19L, 1L, "")>]
[<InlineData(19L, 5000L, "")>]
[<InlineData(20L, 9L, "CTI-SOURCE-033")>]
[<InlineData(20L, 201L, "CTI-SOURCE-035")>]
[<InlineData(0L, 5000L, "")>]
let ``a snapshot that shrank or exploded is not believed`` (before: int64) (records: int64) (expected: string) =
    Assert.Equal(expected, code (FeedRules.judge nothing (read records) (ValueSome before) now))

[<Theory>]
[<InlineData(0.2, 799L, "CTI-SOURCE-033")>]
[<InlineData(0.2, 800L, "")>]
[<InlineData(1.0, 1L, "")>]
let ``how much a snapshot may lose can be said`` (shrink: float) (records: int64) (expected: string) =
    let expect = { nothing with Shrink = shrink }
    Assert.Equal(expected, code (FeedRules.judge expect (read records) (ValueSome 1000L) now))

[<Fact>]
let ``how much a snapshot may grow can be said`` () =
    let expect = { nothing with Growth = 2.0 }
    Assert.Equal("", code (FeedRules.judge expect (read 2000L) (ValueSome 1000L) now))
    Assert.Equal("CTI-SOURCE-035", code (FeedRules.judge expect (read 2001L) (ValueSome 1000L) now))

[<Fact>]
let ``where the number of records is declared, the one before is not asked`` () =
    let expect =
        { nothing with
            Records = ValueSome(struct (1L, 100_000L))
        }

    Assert.Equal("", code (FeedRules.judge expect (read 1L) (ValueSome 1000L) now))
    Assert.Equal("", code (FeedRules.judge expect (read 100_000L) (ValueSome 1000L) now))
    Assert.Equal("CTI-SOURCE-030", code (FeedRules.judge expect (read 0L) (ValueSome 1000L) now))

[<Fact>]
let ``a feed that is only added to may bring any number`` () =
    let expect = { nothing with IsSnapshot = false }
    Assert.Equal("", code (FeedRules.judge expect (read 1L) (ValueSome 1000L) now))

let private hours (count: float) = TimeSpan.FromHours count

let private hoursAgo (count: float) =
    now - int64 (count * 3600.0) * 1_000_000L * 1L<us>

[<Theory>]
// Hourly for five times: ten hours would be unusual, but a day is granted.
[<InlineData(1.0, 5, 23.0, "")>]
[<InlineData(1.0, 5, 25.0, "CTI-SOURCE-036")>]
// Daily: ten days.
[<InlineData(24.0, 8, 239.0, "")>]
[<InlineData(24.0, 8, 241.0, "CTI-SOURCE-036")>]
// Not often enough to know.
[<InlineData(1.0, 4, 2000.0, "")>]
let ``a feed that says the same for ten times its habit is told of`` distance count silent (expected: string) =
    let distances = Array.create count (hours distance)
    Assert.Equal(expected, code (FeedRules.judgeUnchanged nothing now (hoursAgo silent) distances now))

[<Fact>]
let ``how long a feed may be silent can be said`` () =
    let expect =
        { nothing with
            MaxUnchanged = ValueSome(hours 100.0)
        }

    Assert.Equal("", code (FeedRules.judgeUnchanged expect now (hoursAgo 99.0) [||] now))
    Assert.Equal("CTI-SOURCE-036", code (FeedRules.judgeUnchanged expect now (hoursAgo 101.0) [||] now))

[<Fact>]
let ``one odd pause does not make a habit`` () =
    let distances = [| hours 1.0; hours 1.0; hours 1.0; hours 1.0; hours 5000.0 |]
    Assert.Equal(ValueSome FeedRules.leastPatience, FeedRules.patience nothing distances)

[<Fact>]
let ``a stage is stuck when it has work and got nothing done for too long`` () =
    let at minute =
        DateTimeOffset(2026, 1, 1, 0, minute, 0, TimeSpan.Zero)

    let patience = TimeSpan.FromMinutes 5.0

    let stage busy progress =
        {
            Pipeline = "p"
            Stage = "store"
            BusySince = busy
            LastProgress = progress
        }

    Assert.False(StageActivity.isStuck patience (at 30) (stage ValueNone (ValueSome(at 0))), "idle")
    Assert.True(StageActivity.isStuck patience (at 30) (stage (ValueSome(at 0)) ValueNone), "never a step")
    Assert.True(StageActivity.isStuck patience (at 30) (stage (ValueSome(at 0)) (ValueSome(at 24))))
    Assert.False(StageActivity.isStuck patience (at 30) (stage (ValueSome(at 0)) (ValueSome(at 26))))
    // Work that came just now is not late because of what was long ago.
    Assert.False(StageActivity.isStuck patience (at 30) (stage (ValueSome(at 29)) (ValueSome(at 1))))
