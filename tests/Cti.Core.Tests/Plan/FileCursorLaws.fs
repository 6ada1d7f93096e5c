/// Where files are read on: whatever happens to a folder between two runs, nothing is read twice and nothing is skipped.
module Cti.Core.Tests.FileCursorLaws

open System.Collections.Generic
open Cti.Core
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core.Tests.Support

/// What happens to a folder of three names.
type FileEvent =
    | Append of name: int * lines: int
    /// `mv`: what stood under the new name is gone.
    | Rename of from: int * target: int
    /// `mv x x.1` and a new, empty x.
    | Rotate of name: int
    /// `cp`.
    | Copy of from: int * target: int
    /// To nothing.
    | Truncate of name: int
    /// Another file under the same name.
    | Replace of name: int * lines: int
    | Delete of name: int
    /// The source is read. Stops after so many lines of a file where it is killed.
    | Read of killedAfter: int option

type Kept = { Lines: int list; Modified: int64 }

let names = [ "app.log"; "app.log.1"; "app.log.2" ]

let events: Gen<FileEvent list> =
    let name = Gen.choose (0, names.Length - 1)
    let lines = Gen.choose (1, 4)

    let event =
        Gen.frequency
            [
                5, Gen.map2 (fun name lines -> Append(name, lines)) name lines
                3, Gen.map2 (fun a b -> Rename(a, b)) name name
                2, Gen.map Rotate name
                1, Gen.map Truncate name
                1, Gen.map2 (fun name lines -> Replace(name, lines)) name lines
                1, Gen.map Delete name
                6, Gen.constant (Read None)
                2, Gen.map (Some >> Read) lines
            ]

    Gen.listOf event

let withCopies: Gen<FileEvent list> =
    let name = Gen.choose (0, names.Length - 1)

    gen {
        let! before = events
        let! copies = Gen.listOfLength 3 (Gen.map2 (fun a b -> Copy(a, b)) name name)
        let! all = Gen.shuffle (before @ copies)
        return List.ofArray all
    }

/// A folder, a store of cursors, and the lines that were handed on. Lines are numbers that are written once.
type World() =
    let files = Dictionary<string, Kept>()
    let cursors = Dictionary<string, struct (int list * KnownCursor)>()
    let read = List<int>()
    let mutable clock = 0L
    let mutable nextLine = 0

    let write name lines =
        clock <- clock + 1L
        files[name] <- { Lines = lines; Modified = clock }

    let fresh count =
        nextLine <- nextLine + count
        [ nextLine - count .. nextLine - 1 ]

    let linesOf name =
        match files.TryGetValue name with
        | true, file -> file.Lines
        | _ -> []

    let startsWith (head: int list) (lines: int list) =
        lines.Length >= head.Length && List.take head.Length lines = head

    let readAll (killedAfter: int option) =
        let found: FoundFile list =
            files
            |> Seq.sortBy _.Key
            |> Seq.map (fun file ->
                {
                    Key = file.Key
                    Size = int64 file.Value.Lines.Length
                    ModifiedUnixMicroseconds = file.Value.Modified
                })
            |> List.ofSeq

        let known =
            cursors.Values |> Seq.map (fun (struct (_, cursor)) -> cursor) |> List.ofSeq

        let held = HashSet<struct (string * string)>()

        for probe in FileCursors.probes known found do
            for cursor in probe.Cursors do
                let struct (head, _) = cursors[cursor]

                if startsWith head files[probe.File].Lines then
                    held.Add(struct (probe.File, cursor)) |> ignore

        let moves = FileCursors.moves known found held
        let moved = moves |> List.map (fun move -> move.To, cursors[move.From])

        for move in moves do
            cursors.Remove move.From |> ignore

        for name, struct (head, cursor) in moved do
            cursors[name] <- struct (head, { cursor with Key = name })

        // As the host reads: from the cursor where the file begins with what was read, else from the beginning.
        let mutable left = Option.defaultValue System.Int32.MaxValue killedAfter

        for file in found do
            if left > 0 then
                let lines = files[file.Key].Lines

                let from =
                    match cursors.TryGetValue file.Key with
                    | true, struct (head, cursor) when file.Size >= cursor.Size && startsWith head lines -> head.Length
                    | _ -> 0

                let upTo = from + min left (lines.Length - from)
                read.AddRange lines[from .. upTo - 1]
                left <- left - (upTo - from)

                cursors[file.Key] <-
                    struct (List.take upTo lines,
                            {
                                Key = file.Key
                                Offset = int64 upTo
                                Size = file.Size
                                ModifiedUnixMicroseconds = file.ModifiedUnixMicroseconds
                            })

    member _.Files = files
    member _.LinesRead = read

    member _.Apply(event: FileEvent) =
        match event with
        | Append(name, count) -> write names[name] (linesOf names[name] @ fresh count)
        | Rename(from, target) when from <> target && files.ContainsKey names[from] ->
            files[names[target]] <- files[names[from]]
            files.Remove names[from] |> ignore
        | Rename _ -> ()
        | Rotate name ->
            for index in names.Length - 2 .. -1 .. name do
                match files.TryGetValue names[index] with
                | true, file ->
                    files[names[index + 1]] <- file
                    files.Remove names[index] |> ignore
                | _ -> ()

            write names[name] []
        | Copy(from, target) when from <> target && files.ContainsKey names[from] ->
            write names[target] (linesOf names[from])
        | Copy _ -> ()
        | Truncate name when files.ContainsKey names[name] -> write names[name] []
        | Truncate _ -> ()
        | Replace(name, count) -> write names[name] (fresh count)
        | Delete name -> files.Remove names[name] |> ignore
        | Read killedAfter -> readAll killedAfter

let private after (history: FileEvent list) =
    let world = World()

    for event in history do
        world.Apply event

    world.Apply(Read None)
    world

[<Fact>]
let ``nothing is read twice and nothing is skipped, whatever is appended, renamed, rotated, truncated or replaced`` () =
    checkMany 3000
    <| Prop.forAll (Arb.fromGen events) (fun history ->
        let world = after history
        let read = List.ofSeq world.LinesRead
        let there = world.Files.Values |> Seq.collect _.Lines |> Set.ofSeq
        Assert.Equal<int list>(List.distinct read, read)
        Assert.Empty(Set.difference there (Set.ofList read)))

[<Fact>]
let ``with copies nothing is skipped, and no line is read more often than there were files that held it`` () =
    checkMany 3000
    <| Prop.forAll (Arb.fromGen withCopies) (fun history ->
        let world = after history
        let copies = history |> List.filter _.IsCopy |> List.length
        let there = world.Files.Values |> Seq.collect _.Lines |> Set.ofSeq
        Assert.Empty(Set.difference there (Set.ofSeq world.LinesRead))

        for _, times in world.LinesRead |> Seq.countBy id do
            Assert.True(times <= 1 + copies))

[<Fact>]
let ``nobody looks into a folder in which nothing happened`` () =
    checkMany 1000
    <| Prop.forAll (Arb.fromGen events) (fun history ->
        let world = after history
        let count = world.LinesRead.Count
        world.Apply(Read None)
        Assert.Equal(count, world.LinesRead.Count))

let private file key size modified : FoundFile =
    {
        Key = key
        Size = size
        ModifiedUnixMicroseconds = modified
    }

let private cursor key offset size modified : KnownCursor =
    {
        Key = key
        Offset = offset
        Size = size
        ModifiedUnixMicroseconds = modified
    }

[<Fact>]
let ``one log that only grew is not looked into twice`` () =
    Assert.Empty(FileCursors.probes [ cursor "a" 10L 10L 1L ] [ file "a" 20L 2L ])
    Assert.Empty(FileCursors.probes [ cursor "a" 10L 10L 1L; cursor "b" 5L 5L 1L ] [ file "a" 20L 2L; file "b" 5L 1L ])

[<Fact>]
let ``a cursor at the very beginning, or of a longer file, is nobody else's`` () =
    Assert.Empty(FileCursors.probes [ cursor "a" 0L 10L 1L; cursor "b" 30L 30L 1L ] [ file "c" 20L 2L ])
