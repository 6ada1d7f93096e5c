// How the delivery of a stream sink is written in YAML: what happens when it lags, fails, or must be spared. Each key is kept apart until it is known
// whether the sink is a stream.
namespace Cti.Core.Declare

open System
open System.Globalization
open Cti.Core

/// The delivery keys as written; none where a key was not given.
type internal WrittenDelivery =
    {
        OnFull: OverflowStrategy option
        MaxLag: int64 option
        IsRequired: bool option
        Retry: RetryPolicy option
        Timeout: TimeSpan option
        Rate: Rate option
        Batch: BatchRules option
    }

[<RequireQualifiedAccess>]
module internal DeliveryDecoder =
    let private defaults = DeliverySettings.defaults

    let private onFull: Literal<OverflowStrategy> =
        Literal.choice "a way to act when full" [ OverflowStrategy.Wait, "wait"; OverflowStrategy.Spill, "spill" ]

    let private hour = TimeSpan.FromHours 1.0

    let private rate: Literal<Rate> =
        let units =
            [
                "s", TimeSpan.FromSeconds 1.0
                "m", TimeSpan.FromMinutes 1.0
                "h", TimeSpan.FromHours 1.0
            ]

        let parse (text: string) =
            let malformed = Error(Fault.Malformed("a rate", text, "`1000/s` or `60/m`"))

            match text.Split '/' with
            | [| count; unit |] ->
                match
                    Int64.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture),
                    units |> List.tryFind (fun (name, _) -> name = unit)
                with
                | (true, records), Some(_, per) when records >= 1L && records <= 1_000_000_000L ->
                    Ok { Records = records; Per = per }
                | (true, _), Some _ -> Error(Fault.OutOfRange("a rate of", text, "1 to 1000000000"))
                | _ -> malformed
            | _ -> malformed

        let print (rate: Rate) =
            let unit = units |> List.find (fun (_, per) -> per = rate.Per) |> fst
            $"%d{rate.Records}/%s{unit}"

        Literal.pattern "rate" @"^\d+/(s|m|h)$" parse print

    let private bytes: Literal<int> =
        Literal.size
        |> Literal.refine (fun value ->
            if value >= 1_000L && value <= 100_000_000L then
                Ok value
            else
                Error(Fault.OutOfRange("batch bytes of", Literal.size.Print value, "1KB to 100MB")))
        |> Literal.map int int64

    let private batch: Decoder<BatchRules> =
        block {
            let! records =
                Field.optional
                    "records"
                    "records of one send at most; where not given, what suits the target"
                    (Decode.literal (Literal.int "records" 1 1_000_000))

            and! bytes =
                Field.optional
                    "bytes"
                    "bytes of one send at most, 1KB to 100MB; where not given, what suits the target"
                    (Decode.literal bytes)

            and! time =
                Field.defaulted
                    "time"
                    "how long a batch that is not full waits for more; at most 1h"
                    (OriginWords.upTo hour "a time of")
                    defaults.Batch.Time

            return
                {
                    Records = records
                    Bytes = bytes
                    Time = time
                }
        }
        |> Decode.block

    let fields: Fields<WrittenDelivery> =
        block {
            let! onFull =
                Field.noted
                    "on_full"
                    "what happens when the sink cannot keep up: ingestion waits, or the sink reads the log later (stream sinks only)"
                    onFull
                    defaults.OnFull

            and! maxLag =
                Field.noted
                    "max_lag"
                    "changes the sink may be behind before `on_full: wait` waits (stream sinks only)"
                    (Literal.int64 "max_lag" 0L Int64.MaxValue)
                    defaults.MaxLag

            and! required =
                Field.noted "required" "the run fails at once when the sink does (stream sinks only)" Literal.bool false

            and! retry =
                Field.optional
                    "retry"
                    "how long an endpoint that fails is tried (stream sinks only)"
                    RetryDecoder.decoder

            and! timeout =
                Field.noted
                    "timeout"
                    "of one send, until it is acknowledged; at most 1h (stream sinks only)"
                    (OriginWords.upTo hour "a timeout of")
                    defaults.Timeout

            and! rate =
                Field.optional "rate" "records sent at most, such as 1000/s (stream sinks only)" (Decode.literal rate)

            and! batch =
                Field.optional "batch" "how records are put together for one send (stream sinks only)" batch

            return
                {
                    OnFull = onFull
                    MaxLag = maxLag
                    IsRequired = required
                    Retry = retry
                    Timeout = timeout
                    Rate = rate
                    Batch = batch
                }
        }

    /// The keys that were given, for a sink that has no use for them.
    let given (written: WrittenDelivery) : string list =
        [
            "on_full", written.OnFull.IsSome
            "max_lag", written.MaxLag.IsSome
            "required", written.IsRequired.IsSome
            "retry", written.Retry.IsSome
            "timeout", written.Timeout.IsSome
            "rate", written.Rate.IsSome
            "batch", written.Batch.IsSome
        ]
        |> List.choose (fun (key, isGiven) -> if isGiven then Some key else None)

    let settings (written: WrittenDelivery) : DeliverySettings =
        {
            OnFull = Option.defaultValue defaults.OnFull written.OnFull
            MaxLag = Option.defaultValue defaults.MaxLag written.MaxLag
            IsRequired = Option.defaultValue defaults.IsRequired written.IsRequired
            Retry = Option.defaultValue defaults.Retry written.Retry
            Timeout = Option.defaultValue defaults.Timeout written.Timeout
            Rate = written.Rate
            Batch = Option.defaultValue defaults.Batch written.Batch
        }
