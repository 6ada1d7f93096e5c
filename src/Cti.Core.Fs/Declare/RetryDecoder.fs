// How trying again is written in YAML, of sinks and of sources.
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal RetryDecoder =
    let private hour = TimeSpan.FromHours 1.0

    let decoder: Decoder<RetryPolicy> =
        let policy = RetryPolicy.defaults

        block {
            let! attempts =
                Field.defaulted
                    "attempts"
                    "attempts in all, the first included"
                    (Literal.int "attempts" 1 100)
                    policy.Attempts

            and! first =
                Field.defaulted
                    "base"
                    "before the second attempt, doubled before each next one, with jitter; at most 1h"
                    (OriginWords.upTo hour "a delay of")
                    policy.Base

            and! longest =
                Field.defaulted
                    "max"
                    "longest delay of our own; at most 1h"
                    (OriginWords.upTo hour "a delay of")
                    policy.Max

            and! total =
                Field.defaulted
                    "total"
                    "from the first failure until it is given up for this run, what a server asks for (Retry-After) included; at most 1d"
                    (OriginWords.upTo (TimeSpan.FromDays 1.0) "a total of")
                    policy.Total

            return
                {
                    Attempts = attempts
                    Base = first
                    Max = longest
                    Total = total
                }
        }
        |> Decode.block
