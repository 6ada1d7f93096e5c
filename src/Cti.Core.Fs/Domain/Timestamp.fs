// Points in time: microseconds since 1970-01-01T00:00:00Z, as DuckDB's TIMESTAMP holds them. No clock here: `now` is always an argument.
namespace Cti.Core

open System
open System.Globalization

/// Microseconds.
[<Measure>]
type us

/// A point in time, UTC, in microseconds since the Unix epoch. Range that can be stored and printed: years 1 to 9999.
type Timestamp = int64<us>

[<RequireQualifiedAccess>]
module Timestamp =
    /// "No time given" inside columns, where an option would box.
    let none: Timestamp = LanguagePrimitives.Int64WithMeasure Int64.MinValue

    let isNone (time: Timestamp) = time = none

    let ofMicroseconds (value: int64) : Timestamp =
        LanguagePrimitives.Int64WithMeasure value

    let toMicroseconds (time: Timestamp) : int64 = int64 time

    let ofDateTimeOffset (value: DateTimeOffset) : Timestamp =
        ofMicroseconds ((value.UtcTicks - DateTime.UnixEpoch.Ticks) / 10L)

    let toDateTime (time: Timestamp) : DateTime =
        DateTime.UnixEpoch.AddTicks(int64 time * 10L)

    /// One day.
    let day: int64<us> = 86_400_000_000L<us>

    let private twoDigits (value: int) (target: Span<byte>) (at: int) =
        target[at] <- byte (48 + value / 10)
        target[at + 1] <- byte (48 + value % 10)

    /// Writes `yyyy-MM-ddTHH:mm:ss.fffZ` (STIX 2.1 §3.2: milliseconds, always `Z`), 24 bytes. Microseconds are cut, not rounded.
    let writeMillis (time: Timestamp) (writer: Utf8Writer) =
        // Date and time of day are taken apart once; asking DateTime for each part divides again every time.
        let value = toDateTime time
        let mutable year = 0
        let mutable month = 0
        let mutable day = 0
        value.Deconstruct(&year, &month, &day)
        let millis = int (value.TimeOfDay.Ticks / TimeSpan.TicksPerMillisecond)
        let seconds = millis / 1_000
        let minutes = seconds / 60
        let target = writer.Reserve 24
        twoDigits (year / 100) target 0
        twoDigits (year % 100) target 2
        target[4] <- '-'B
        twoDigits month target 5
        target[7] <- '-'B
        twoDigits day target 8
        target[10] <- 'T'B
        twoDigits (minutes / 60) target 11
        target[13] <- ':'B
        twoDigits (minutes % 60) target 14
        target[16] <- ':'B
        twoDigits (seconds % 60) target 17
        target[19] <- '.'B
        target[20] <- byte (48 + millis % 1_000 / 100)
        twoDigits (millis % 100) target 21
        target[23] <- 'Z'B
        writer.Advance 24

    /// The same with microseconds where there are any: nothing is cut.
    let writeExact (time: Timestamp) (writer: Utf8Writer) =
        writeMillis time writer
        let micros = int (((toMicroseconds time % 1_000L) + 1_000L) % 1_000L)

        if micros > 0 then
            writer.Truncate(writer.Length - 1)
            let target = writer.Reserve 4
            target[0] <- byte (48 + micros / 100)
            twoDigits (micros % 100) target 1
            target[3] <- 'Z'B
            writer.Advance 4

    let toText (time: Timestamp) =
        (toDateTime time).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)

    /// Parses RFC 3339 text; the friendly inverse of `toText` (readers have faster paths).
    let tryParse (text: string) : Timestamp voption =
        match
            DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal ||| DateTimeStyles.AdjustToUniversal
            )
        with
        | true, value -> ValueSome(ofDateTimeOffset value)
        | _ -> ValueNone
