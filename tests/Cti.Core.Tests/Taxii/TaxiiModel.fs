// A TAXII collection in memory whose server does what it should, or gets one thing wrong; and a client that does what the paging says.
module Cti.Core.Tests.TaxiiModel

open System.Collections.Generic
open Cti.Core

/// An object and when it was added, in microseconds.
type Added = { At: int64; Object: uint64 }

type Server =
    {
        /// In any order; a server sorts them by date added, then by object.
        Objects: Added list
        /// Most objects of a page, whatever is asked for.
        Most: int
        GivesNext: bool
        /// `added_after` as it should be not.
        IsInclusive: bool
        /// Dates are cut to this many microseconds wherever the server writes or compares them.
        Precision: int64
        SaysDates: bool
    }

let proper =
    {
        Objects = []
        Most = 10
        GivesNext = true
        IsInclusive = false
        Precision = 1L
        SaysDates = true
    }

let private noDate = Timestamp.none
let time (micros: int64) = Timestamp.ofMicroseconds micros

/// What a server answers; a token is the number of objects that went before.
let answer (server: Server) (ask: TaxiiAsk) : TaxiiPage =
    let cut (value: int64) =
        value / server.Precision * server.Precision

    let isWanted (added: Added) =
        Timestamp.isNone ask.AddedAfter
        || (let after = cut (Timestamp.toMicroseconds ask.AddedAfter)

            if server.IsInclusive then
                cut added.At >= after
            else
                added.At > after)

    let wanted =
        server.Objects
        |> List.filter isWanted
        |> List.sortBy (fun added -> added.At, added.Object)

    let skipped =
        match ask.Next with
        | Some token when server.GivesNext -> int token
        | _ -> 0

    let size = min ask.Limit server.Most
    let page = wanted |> List.skip (min skipped wanted.Length) |> List.truncate size
    let isMore = wanted.Length > skipped + page.Length

    let date (found: Added option) =
        match found with
        | Some added when server.SaysDates -> time (cut added.At)
        | _ -> noDate

    {
        Hashes = page |> List.map _.Object |> Array.ofList
        First = date (List.tryHead page)
        Last = date (List.tryLast page)
        More = isMore
        Next =
            if isMore && server.GivesNext then
                Some(string (skipped + page.Length))
            else
                None
    }

/// What a reading came to.
type Reading =
    {
        /// Objects that were handed on, page by page.
        Pages: uint64 list list
        Marks: TaxiiMark list
        End: TaxiiStep
        Asked: TaxiiAsk list
    }

    member this.All = List.concat this.Pages

    /// The mark behind the last page; `before` where there is none.
    member this.MarkOr(before: TaxiiMark) =
        this.Marks |> List.tryLast |> Option.defaultValue before

let now = time 2_000_000_000_000_000L

/// Reads on from a mark, at most so many pages.
let readUpTo (pages: int) (answer: TaxiiAsk -> TaxiiPage) (mark: TaxiiMark) : Reading =
    let struct (paging, first) = TaxiiPaging.start mark noDate 10

    let rec go paging ask (asked: TaxiiAsk list) kept =
        let page = answer ask

        let fresh =
            page.Hashes
            |> Array.filter (fun hash -> not (TaxiiPaging.isKnown hash paging))
            |> List.ofArray

        let struct (paging, step) = TaxiiPaging.step page now paging
        let asked, kept = ask :: asked, fresh :: kept

        match step with
        | TaxiiStep.Ask next when asked.Length < pages -> go paging next asked kept
        | _ ->
            {
                Pages = List.rev kept
                Marks = TaxiiPaging.marks step.IsDone now paging
                End = step
                Asked = List.rev asked
            }

    go paging first [] []

let read (answer: TaxiiAsk -> TaxiiPage) (mark: TaxiiMark) : Reading = readUpTo 10_000 answer mark
