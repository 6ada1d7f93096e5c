// How two outputs differ, line by line, for a person: bounded, with a little of what is the same around it.
namespace Cti.Core.Trials

open System
open System.Collections.Generic

[<RequireQualifiedAccess>]
module LineDiff =
    [<Struct; RequireQualifiedAccess>]
    type private Step =
        | Same of left: int
        | Removed of oldLine: int
        | Added of newLine: int

    // Of the lines that differ, as many are compared each with each; more are shown as removed, then added.
    let private mostCompared = 2_000
    let private mostShown = 24
    let private context = 2
    let private width = 160

    // Lines with their ends, so that a missing last line end is a difference.
    let private split (bytes: byte[]) : ArraySegment<byte>[] =
        let lines = List<ArraySegment<byte>>()
        let mutable start = 0

        while start < bytes.Length do
            let found = Array.IndexOf(bytes, '\n'B, start)
            let finish = if found < 0 then bytes.Length else found + 1
            lines.Add(ArraySegment<byte>(bytes, start, finish - start))
            start <- finish

        lines.ToArray()

    let private equal (left: ArraySegment<byte>) (right: ArraySegment<byte>) =
        left.AsSpan().SequenceEqual(Span<byte>.op_Implicit(right.AsSpan()))

    // Longest common subsequence of the middle parts, as steps.
    let private compared (left: ArraySegment<byte>[]) (right: ArraySegment<byte>[]) first leftEnd rightEnd =
        let rows = leftEnd - first
        let columns = rightEnd - first
        let steps = List<Step>()

        if rows > mostCompared || columns > mostCompared then
            for row in first .. leftEnd - 1 do
                steps.Add(Step.Removed row)

            for column in first .. rightEnd - 1 do
                steps.Add(Step.Added column)
        else
            // longest[i, j]: of left from i and right from j.
            let longest = Array2D.zeroCreate<int> (rows + 1) (columns + 1)

            for row in rows - 1 .. -1 .. 0 do
                for column in columns - 1 .. -1 .. 0 do
                    longest[row, column] <-
                        if equal left[first + row] right[first + column] then
                            longest[row + 1, column + 1] + 1
                        else
                            max longest[row + 1, column] longest[row, column + 1]

            let mutable row = 0
            let mutable column = 0

            while row < rows || column < columns do
                if row < rows && column < columns && equal left[first + row] right[first + column] then
                    steps.Add(Step.Same(first + row))
                    row <- row + 1
                    column <- column + 1
                elif
                    row < rows
                    && (column = columns || longest[row + 1, column] >= longest[row, column + 1])
                then
                    steps.Add(Step.Removed(first + row))
                    row <- row + 1
                else
                    steps.Add(Step.Added(first + column))
                    column <- column + 1

        steps

    let private commonPrefix (left: ArraySegment<byte>[]) (right: ArraySegment<byte>[]) =
        let mutable count = 0

        while count < left.Length && count < right.Length && equal left[count] right[count] do
            count <- count + 1

        count

    let private commonSuffix (left: ArraySegment<byte>[]) (right: ArraySegment<byte>[]) prefix =
        let mutable count = 0

        while count < left.Length - prefix
              && count < right.Length - prefix
              && equal left[left.Length - 1 - count] right[right.Length - 1 - count] do
            count <- count + 1

        count

    // A line from `start` on (bytes), without its end; what it lacks of one is said.
    let private shown (line: ArraySegment<byte>) (start: int) =
        let ends = line.Count > 0 && line[line.Count - 1] = '\n'B
        let length = if ends then line.Count - 1 else line.Count
        let from = min start length
        let lead = if from > 0 then "…" else ""
        // An escape is longer than what it stands for: what is cut twice is cut once too much at worst.
        let kept = min (length - from) width

        let text = VisibleText.ofBytes (Span<byte>.op_Implicit(line.AsSpan(from, kept)))

        let tail = if from + kept < length then "…" else ""
        let missing = if ends then "" else "  (no line end)"
        $"%s{lead}%s{text}%s{tail}%s{missing}"

    // Where two long lines begin to differ, with a little before it.
    let private differAt (left: ArraySegment<byte>) (right: ArraySegment<byte>) =
        let at = left.AsSpan().CommonPrefixLength(Span<byte>.op_Implicit(right.AsSpan()))
        if at > width - 60 then at - 40 else 0

    // From where each step's line is shown: the n-th removed line of a run is laid beside the n-th added one.
    let private starts (left: ArraySegment<byte>[]) (right: ArraySegment<byte>[]) (steps: List<Step>) =
        let result: int[] = Array.zeroCreate steps.Count
        let removed = Queue<struct (int * int)>()

        for index in 0 .. steps.Count - 1 do
            match steps[index] with
            | Step.Removed row -> removed.Enqueue(struct (index, row))
            | Step.Added column when removed.Count > 0 ->
                let struct (other, row) = removed.Dequeue()
                let start = differAt left[row] right[column]
                result[index] <- start
                result[other] <- start
            | Step.Added _ -> ()
            | Step.Same _ -> removed.Clear()

        result

    // Steps that are shown: what differs, and what stands close to it.
    let private near (steps: List<Step>) =
        let marks: bool[] = Array.zeroCreate steps.Count

        for index in 0 .. steps.Count - 1 do
            match steps[index] with
            | Step.Same _ -> ()
            | Step.Removed _
            | Step.Added _ ->
                for close in max 0 (index - context) .. min (steps.Count - 1) (index + context) do
                    marks[close] <- true

        marks

    /// What differs between what was expected and what came, as lines that begin with `-` (expected, did not come), `+` (came, was not expected) or
    /// a space (both), each run under the line it begins at. Empty when they are equal.
    let lines (expected: byte[]) (actual: byte[]) : string list =
        let left = split expected
        let right = split actual
        let prefix = commonPrefix left right

        if prefix = left.Length && prefix = right.Length then
            []
        else
            let suffix = commonSuffix left right prefix
            let leftEnd = left.Length - suffix
            let steps = List<Step>()

            for row in max 0 (prefix - context) .. prefix - 1 do
                steps.Add(Step.Same row)

            steps.AddRange(compared left right prefix leftEnd (right.Length - suffix))

            for row in leftEnd .. min (left.Length - 1) (leftEnd + context - 1) do
                steps.Add(Step.Same row)

            let marks = near steps
            let starts = starts left right steps
            let result = List<string>()
            let mutable hidden = 0
            let mutable follows = false

            for index in 0 .. steps.Count - 1 do
                if not marks[index] then
                    follows <- false
                elif result.Count >= mostShown then
                    hidden <- hidden + 1
                else
                    if not follows then
                        match steps[index] with
                        | Step.Same row
                        | Step.Removed row -> result.Add $"@@ line %d{row + 1}"
                        | Step.Added column -> result.Add $"@@ line %d{column + 1}"

                    follows <- true

                    result.Add(
                        match steps[index] with
                        | Step.Same row -> " " + shown left[row] 0
                        | Step.Removed row -> "-" + shown left[row] starts[index]
                        | Step.Added column -> "+" + shown right[column] starts[index]
                    )

            if hidden > 0 then
                result.Add $"… and %d{hidden} more lines"

            List.ofSeq result

    /// The lines of `expected` that did not come.
    let missing (expected: byte[]) (actual: byte[]) : byte[] list =
        let left = split expected
        let right = split actual
        let prefix = commonPrefix left right
        let suffix = commonSuffix left right prefix

        compared left right prefix (left.Length - suffix) (right.Length - suffix)
        |> Seq.choose (fun step ->
            match step with
            | Step.Removed row -> Some(left[row].ToArray())
            | Step.Same _
            | Step.Added _ -> None)
        |> List.ofSeq
