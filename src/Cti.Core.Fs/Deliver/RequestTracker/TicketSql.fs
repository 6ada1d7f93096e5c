// TicketSQL, in which Request Tracker is asked for tickets: the one place that puts texts into a query.
// Source: RT 5, `RT::SQL::Parse`, and "Query Builder" of its documentation.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module TicketSql =
    // Between two apostrophes a backslash makes any character stand for itself; nothing else means anything there.
    let private quoted (text: string) =
        "'" + text.Replace("\\", "\\\\").Replace("'", "\\'") + "'"

    /// A text as a value of a query. None for a text that RT takes for the name of a custom field however it is written: one that begins with `CF.`,
    /// in any case.
    let literal (text: string) : string voption =
        if text.StartsWith("CF.", StringComparison.OrdinalIgnoreCase) then
            ValueNone
        else
            ValueSome(quoted text)

    /// Tickets of a queue, by its number, whose custom field holds exactly `value`. None where `literal` has none.
    let find (queue: int64) (customField: string) (value: string) : string voption =
        let field = quoted ("CF.{" + customField + "}")

        literal value
        |> ValueOption.map (fun text -> $"Queue = %d{queue} AND %s{field} = %s{text}")
