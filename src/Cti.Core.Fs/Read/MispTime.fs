// Points in time as MISP writes them: seconds since 1970 as text or number, and RFC 3339 with microseconds. Knows no fields.
namespace Cti.Core

open System
open System.Buffers.Text
open System.Text

/// What became of a text that should be a point in time.
[<Struct; RequireQualifiedAccess>]
type internal MispMoment =
    | At of Timestamp
    /// None is given: empty, or zero.
    | Missing
    /// No time, or one before 1970-01-01 or from 2100-01-01 on.
    | Unusable

[<RequireQualifiedAccess>]
module internal MispTime =
    // 2100-01-01, in microseconds.
    let private last = 4_102_444_800_000_000L
    // More digits than this are microseconds, not seconds.
    let private secondsDigits = 11

    let private inRange (micros: int64) : MispMoment =
        if micros >= 0L && micros < last then
            MispMoment.At(Timestamp.ofMicroseconds micros)
        else
            MispMoment.Unusable

    let private ofNumber (number: int64) (digits: int) : MispMoment =
        if number = 0L then
            MispMoment.Missing
        elif digits > secondsDigits then
            inRange number
        elif number < last / 1_000_000L then
            inRange (number * 1_000_000L)
        else
            MispMoment.Unusable

    /// Reads a time of any form that MISP writes.
    let parse (text: ReadOnlySpan<byte>) : MispMoment =
        let text = text.Trim ' 'B
        let mutable number = 0L
        let mutable used = 0

        if text.Length = 0 then
            MispMoment.Missing
        elif Utf8Parser.TryParse(text, &number, &used) && used = text.Length then
            ofNumber number text.Length
        elif text.Length >= 10 && text.Length <= 40 && text[4] = '-'B then
            match Timestamp.tryParse (Encoding.UTF8.GetString text) with
            | ValueSome time -> inRange (Timestamp.toMicroseconds time)
            | ValueNone -> MispMoment.Unusable
        else
            MispMoment.Unusable

    /// The later of two times, either of which may be none.
    let later (left: Timestamp) (right: Timestamp) : Timestamp =
        // "None" is the least of all numbers.
        max left right

    /// The first that is given.
    let orElse (otherwise: Timestamp) (time: Timestamp) : Timestamp =
        if Timestamp.isNone time then otherwise else time
