// Requests to RT's REST API 2.0 and its answers: the wire names stand here and nowhere else. JSON keeps any text a text; a body has no other way out.
// Source: RT 5, `RT::REST2`.
namespace Cti.Core

open System
open System.Globalization
open System.IO
open System.Text.Json

/// A queue, and the custom fields its tickets may have (as far as whoever asks may see them).
type TicketQueue = { Id: int64; Fields: string list }

[<RequireQualifiedAccess>]
module TicketRest =
    let private written (write: Utf8JsonWriter -> unit) : ReadOnlyMemory<byte> =
        use stream = new MemoryStream()

        using (new Utf8JsonWriter(stream)) (fun writer ->
            writer.WriteStartObject()
            write writer
            writer.WriteEndObject())

        ReadOnlyMemory<byte>(stream.ToArray())

    let private writeFields (fields: (string * string) list) (writer: Utf8JsonWriter) =
        if not fields.IsEmpty then
            writer.WriteStartObject "CustomFields"

            for name, text in fields do
                if text = "" then
                    writer.WriteNull name
                else
                    writer.WriteString(name, text)

            writer.WriteEndObject()

    let private writeContent (content: string) (writer: Utf8JsonWriter) =
        writer.WriteString("Content", content)
        writer.WriteString("ContentType", "text/plain")

    /// The body of `POST ticket`.
    let create (queue: int64) (ticket: NewTicket) : ReadOnlyMemory<byte> =
        written (fun writer ->
            writer.WriteString("Queue", string queue)
            writer.WriteString("Subject", ticket.Subject)
            writer.WriteNumber("Priority", ticket.Priority)
            writeContent ticket.Content writer
            writeFields ticket.Fields writer)

    /// The body of `PUT ticket/ID`.
    let edit (edit: TicketEdit) : ReadOnlyMemory<byte> =
        written (fun writer ->
            edit.Subject
            |> ValueOption.iter (fun text -> writer.WriteString("Subject", text))

            edit.Priority
            |> ValueOption.iter (fun number -> writer.WriteNumber("Priority", number))

            edit.Status |> ValueOption.iter (fun text -> writer.WriteString("Status", text))
            writeFields edit.Fields writer)

    /// The body of `PUT ticket/ID` that makes the ticket a part of another.
    let merge (into: int64) : ReadOnlyMemory<byte> =
        written (fun writer -> writer.WriteString("MergeInto", string into))

    /// The body of `POST ticket/ID/comment`. The comment stands before the field is set.
    let comment (stateField: string) (text: string) (state: string) : ReadOnlyMemory<byte> =
        written (fun writer ->
            writeContent text writer
            writeFields [ stateField, state ] writer)

    let private textOf (element: JsonElement) : string =
        match element.ValueKind with
        | JsonValueKind.String ->
            match element.GetString() with
            | null -> ""
            | text -> text
        | JsonValueKind.Number -> element.GetRawText()
        | _ -> ""

    let private memberOf (name: string) (element: JsonElement) : JsonElement voption =
        if element.ValueKind = JsonValueKind.Object then
            match element.TryGetProperty name with
            | true, found -> ValueSome found
            | _ -> ValueNone
        else
            ValueNone

    // Older versions write some numbers as texts.
    let private textIn (name: string) (element: JsonElement) : string =
        match memberOf name element with
        | ValueSome found -> textOf found
        | ValueNone -> ""

    let private numberIn (name: string) (element: JsonElement) : int64 voption =
        match Int64.TryParse(textIn name element, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) with
        | true, number -> ValueSome number
        | _ -> ValueNone

    let private itemsIn (name: string) (element: JsonElement) : JsonElement list =
        match memberOf name element with
        | ValueSome found when found.ValueKind = JsonValueKind.Array -> List.ofSeq (found.EnumerateArray())
        | _ -> []

    let private tryRead (answer: ReadOnlyMemory<byte>) (read: JsonElement -> 'T voption) : 'T voption =
        try
            use document = JsonDocument.Parse answer
            read document.RootElement
        with
        | :? JsonException
        | :? InvalidOperationException -> ValueNone

    /// The answer to `GET queue/NAME`; none where it is none.
    let tryQueue (answer: ReadOnlyMemory<byte>) : TicketQueue voption =
        tryRead answer (fun root ->
            numberIn "id" root
            |> ValueOption.map (fun id ->
                {
                    Id = id
                    Fields = itemsIn "TicketCustomFields" root |> List.map (textIn "name")
                }))

    /// The parameter `fields` of `GET tickets`: what `tryTickets` reads.
    [<Literal>]
    let Asked = "Subject,Priority,Status,Creator,CustomFields"

    let private ticketOf (item: JsonElement) : HeldTicket voption =
        numberIn "id" item
        |> ValueOption.map (fun id ->
            {
                Id = id
                Subject = textIn "Subject" item
                Priority = numberIn "Priority" item |> ValueOption.map int |> ValueOption.defaultValue 0
                Status = textIn "Status" item
                Creator =
                    match memberOf "Creator" item with
                    | ValueSome creator -> textIn "id" creator
                    | ValueNone -> ""
                Fields =
                    [
                        for field in itemsIn "CustomFields" item do
                            match itemsIn "values" field with
                            | first :: _ -> textIn "name" field, textOf first
                            | [] -> ()
                    ]
            })

    /// The answer to `GET tickets`, by number; none where it is none.
    let tryTickets (answer: ReadOnlyMemory<byte>) : HeldTicket list voption =
        tryRead answer (fun root ->
            match memberOf "items" root with
            | ValueSome items when items.ValueKind = JsonValueKind.Array ->
                let tickets = items.EnumerateArray() |> Seq.map ticketOf |> List.ofSeq

                if tickets |> List.forall ValueOption.isSome then
                    tickets
                    |> List.choose ValueOption.toOption
                    |> List.sortBy (fun ticket -> ticket.Id)
                    |> ValueSome
                else
                    ValueNone
            | _ -> ValueNone)
