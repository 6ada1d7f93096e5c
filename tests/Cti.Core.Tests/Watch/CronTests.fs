// Cron lines as people write them, and what Quartz is told.
module Cti.Core.Tests.CronTests

open Xunit
open Cti.Core

let private quartz text =
    Cron.tryParse text |> Result.map Cron.toQuartz

[<Theory>]
[<InlineData("0 */6 * * *", "0 0 0,6,12,18 * * ?")>]
[<InlineData("*/20 * * * *", "0 0,20,40 * * * ?")>]
[<InlineData("30 2 * * 1-5", "0 30 2 ? * 2,3,4,5,6")>]
[<InlineData("30 2 * * mon-fri", "0 30 2 ? * 2,3,4,5,6")>]
[<InlineData("0 0 * * 0", "0 0 0 ? * 1")>]
[<InlineData("0 0 * * 7", "0 0 0 ? * 1")>]
[<InlineData("0 0 * * 5-7", "0 0 0 ? * 1,6,7")>]
[<InlineData("0 0 1,15 jan,jul *", "0 0 0 1,15 1,7 ?")>]
[<InlineData("  5/20 4 29 2 * ", "0 5,25,45 4 29 2 ?")>]
let ``a line of five fields is one line of Quartz`` (text: string) (expected: string) =
    Assert.Equal(Ok [ expected ], quartz text)

[<Fact>]
let ``a day of the month and a day of the week mean either, as in cron`` () =
    Assert.Equal(Ok [ "0 0 0 13 * ?"; "0 0 0 ? * 6" ], quartz "0 0 13 * fri")

[<Theory>]
[<InlineData("0 * * *", "four fields")>]
[<InlineData("0 0 * * * ?", "Quartz's own")>]
[<InlineData("@daily", "a nickname")>]
[<InlineData("60 * * * *", "minute 60")>]
[<InlineData("0 24 * * *", "hour 24")>]
[<InlineData("0 0 0 * *", "day 0")>]
[<InlineData("0 0 * 13 *", "month 13")>]
[<InlineData("0 0 * * 8", "day of the week 8")>]
[<InlineData("0 22-3 * * *", "a range that runs backwards")>]
[<InlineData("*/0 * * * *", "a step of nothing")>]
[<InlineData("0 0 31 2,4 *", "a day that never comes")>]
[<InlineData("0 0 , * *", "an empty item")>]
[<InlineData("-1 0 * * *", "a sign")>]
let ``what is no cron line is refused`` (text: string) (why: string) =
    Assert.True((Cron.tryParse text).IsError, why)

[<Fact>]
let ``a range that runs backwards is told how it is written`` () =
    match Cron.tryParse "0 22-3 * * *" with
    | Error error -> Assert.Contains("22-23,0-3", error)
    | Ok _ -> Assert.Fail "it was read"
