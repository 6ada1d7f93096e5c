// Where each file of a source is to be read on: which stored cursor belongs to which of the files there are now. Files are known by what they
// hold, not by their names, so that a log that was rotated is neither read twice nor skipped.
namespace Cti.Core

open System

/// A file found, as it lies on disk.
type FoundFile =
    {
        /// What its cursor would be stored under.
        Key: string
        /// Bytes.
        Size: int64
        ModifiedUnixMicroseconds: int64
    }

/// A stored cursor of a file.
type KnownCursor =
    {
        Key: string
        /// Bytes read, unpacked and in UTF-8.
        Offset: int64
        /// Of the file on disk, when it was read.
        Size: int64
        ModifiedUnixMicroseconds: int64
    }

/// A file whose beginning is to be hashed at the offsets of some cursors.
type FileProbe =
    {
        File: string
        /// Keys of cursors that may be the file's, their offsets ascending.
        Cursors: string list
    }

/// A cursor that goes over to another name.
[<Struct>]
type CursorMove = { From: string; To: string }

[<RequireQualifiedAccess>]
module FileCursors =
    let private isUntouched (file: FoundFile) (cursor: KnownCursor) =
        file.Size = cursor.Size
        && file.ModifiedUnixMicroseconds = cursor.ModifiedUnixMicroseconds

    // Files that are not as their cursor left them, and cursors that are not their file's for sure.
    let private open' (cursors: KnownCursor list) (files: FoundFile list) =
        let byKey = cursors |> List.map (fun cursor -> cursor.Key, cursor) |> Map.ofList

        let settled, changed =
            files
            |> List.partition (fun file ->
                match Map.tryFind file.Key byKey with
                | Some cursor -> isUntouched file cursor
                | None -> false)

        let taken = settled |> List.map _.Key |> Set.ofList

        let free =
            cursors |> List.filter (fun cursor -> not (Set.contains cursor.Key taken))

        changed, free

    // A border at the very beginning says nothing about a file; a file that shrank is another one.
    let private mayBe (file: FoundFile) (cursor: KnownCursor) =
        cursor.Offset > 0L && file.Size >= cursor.Size

    /// What has to be looked at before `moves` can be asked: nothing where every file is as its cursor left it, or where only one grew and no
    /// other cursor could be its own.
    let probes (cursors: KnownCursor list) (files: FoundFile list) : FileProbe list =
        let changed, free = open' cursors files

        match changed, free with
        | [ file ], [ cursor ] when file.Key = cursor.Key -> []
        | _ ->
            changed
            |> List.choose (fun file ->
                match free |> List.filter (mayBe file) |> List.sortBy _.Offset with
                | [] -> None
                | candidates ->
                    Some
                        {
                            File = file.Key
                            Cursors = candidates |> List.map _.Key
                        })

    /// Which cursors go over to another file. `held`: files and cursors (by their keys) where the file begins with what was read up
    /// to the cursor; only those are looked for that `probes` named. Each file has one cursor at most, each cursor one file: that which was read the furthest goes first, and where
    /// two fit alike, the one that was the file's before. A copy beside its original is a new file.
    let moves
        (cursors: KnownCursor list)
        (files: FoundFile list)
        (held: Collections.Generic.IReadOnlySet<struct (string * string)>)
        : CursorMove list =
        let offsets =
            cursors |> List.map (fun cursor -> cursor.Key, cursor.Offset) |> Map.ofList

        let fits =
            probes cursors files
            |> List.collect (fun probe ->
                probe.Cursors
                |> List.filter (fun cursor -> held.Contains(struct (probe.File, cursor)))
                |> List.map (fun cursor -> probe.File, cursor))
            |> List.sortBy (fun (file, cursor) -> -offsets[cursor], (if file = cursor then 0 else 1), file, cursor)

        let choose (chosen, files, cursors) (file, cursor) =
            if Set.contains file files || Set.contains cursor cursors then
                chosen, files, cursors
            else
                (file, cursor) :: chosen, Set.add file files, Set.add cursor cursors

        let chosen, _, _ = List.fold choose ([], Set.empty, Set.empty) fits

        chosen
        |> List.filter (fun (file, cursor) -> file <> cursor)
        |> List.map (fun (file, cursor) -> { From = cursor; To = file })
        |> List.sortBy _.To
