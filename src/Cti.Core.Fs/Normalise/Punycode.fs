// Punycode (RFC 3492): one label of code points to ASCII, and whether an ASCII label is such a one. Knows no host names.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal Punycode =
    // Parameters of RFC 3492 §5.
    let private tMin = 1
    let private tMax = 26
    let private initialBias = 72
    let private initialN = 128

    // Bias adaptation, §6.1, with base 36, skew 38 and damp 700.
    let private adapt (delta: int) (points: int) (first: bool) : int =
        let mutable rest = if first then delta / 700 else delta / 2
        rest <- rest + rest / points
        let mutable k = 0

        while rest > 455 do
            rest <- rest / 35
            k <- k + 36

        k + 36 * rest / (rest + 38)

    let private threshold (k: int) (bias: int) : int = Math.Clamp(k - bias, tMin, tMax)

    let private digit (value: int) : byte =
        if value < 26 then
            'a'B + byte value
        else
            '0'B + byte (value - 26)

    /// Encodes a label of 1 to 63 code points (valid Unicode scalar values) without the `xn--`, and gives the length;
    /// -1 when it does not fit into the target. With at most 63 points no number here leaves 32 bits.
    let encode (points: ReadOnlySpan<int>) (target: Span<byte>) : int =
        let mutable write = 0
        let mutable fits = true

        for index in 0 .. points.Length - 1 do
            if points[index] < 128 && fits then
                if write < target.Length then
                    target[write] <- byte points[index]
                    write <- write + 1
                else
                    fits <- false

        let basic = write
        let mutable handled = basic

        if basic > 0 then
            if write < target.Length then
                target[write] <- '-'B
                write <- write + 1
            else
                fits <- false

        let mutable n = initialN
        let mutable delta = 0
        let mutable bias = initialBias

        while fits && handled < points.Length do
            let mutable next = Int32.MaxValue

            for index in 0 .. points.Length - 1 do
                if points[index] >= n && points[index] < next then
                    next <- points[index]

            delta <- delta + (next - n) * (handled + 1)
            n <- next
            let mutable index = 0

            while fits && index < points.Length do
                if points[index] < n then
                    delta <- delta + 1

                if points[index] = n then
                    let mutable q = delta
                    let mutable k = 36

                    while fits && k > 0 do
                        let t = threshold k bias
                        let last = q < t

                        let value = if last then q else t + (q - t) % (36 - t)

                        if write < target.Length then
                            target[write] <- digit value
                            write <- write + 1
                        else
                            fits <- false

                        if last then
                            k <- 0
                        else
                            q <- (q - t) / (36 - t)
                            k <- k + 36

                    bias <- adapt delta (handled + 1) (handled = basic)
                    delta <- 0
                    handled <- handled + 1

                index <- index + 1

            delta <- delta + 1
            n <- n + 1

        if fits then write else -1

    let private digitValue (value: byte) : int =
        if Text.isLetter value then int ((value ||| 0x20uy) - 'a'B)
        elif Text.isDigit value then int (value - '0'B) + 26
        else -1

    /// Whether `value` (a label without its `xn--`) decodes to code points of which one at least is not ASCII (§6.2).
    /// Where the points go does not matter for that, so none are kept.
    let isValid (value: ReadOnlySpan<byte>) : bool =
        let hyphen = value.LastIndexOf '-'B
        let mutable count = max 0 hyphen
        let mutable at = hyphen + 1
        let mutable n = int64 initialN
        let mutable i = 0L
        let mutable bias = initialBias
        let mutable valid = at < value.Length && value.Length <= 59 && hyphen <> 0

        while valid && at < value.Length do
            let before = i
            let mutable weight = 1L
            let mutable k = 36
            let mutable more = true

            while valid && more do
                let found = if at < value.Length then digitValue value[at] else -1

                if found < 0 then
                    valid <- false
                else
                    at <- at + 1
                    i <- i + int64 found * weight
                    let t = threshold k bias

                    if found < t then
                        more <- false
                    else
                        weight <- weight * int64 (36 - t)
                        k <- k + 36

                    // RFC 3492 §6.4: what does not fit into 31 bits is no label.
                    valid <- i <= 0x7FFFFFFFL && weight <= 0x7FFFFFFFL

            if valid then
                count <- count + 1
                bias <- adapt (int (i - before)) count (before = 0L)
                n <- n + i / int64 count
                i <- i % int64 count
                // Below U+00A0 stand ASCII and the C1 controls.
                valid <- n >= 0xA0L && n <= 0x10FFFFL && (n < 0xD800L || n > 0xDFFFL)
                i <- i + 1L

        valid
