// Messages of RFC 5424 in frames of RFC 6587, section 3.4.1: `LENGTH SP MESSAGE`. What a message holds can neither end its frame nor begin
// another message: lengths are counted, and control characters are written as escapes.
namespace Cti.Core

open System
open System.Text

/// What every message of a sink says of itself.
type SyslogHeader =
    {
        /// 0 to 23.
        Facility: int
        /// 0 to 7.
        Severity: int
        /// Empty where nothing is known.
        HostName: string
        AppName: string
        /// Elements by id, each with its parameters.
        StructuredData: (string * (string * string) list) list
    }

[<RequireQualifiedAccess>]
module SyslogHeader =
    /// RFC 5424, table 1, by the names that syslog.conf knows.
    let facilities: (int * string) list =
        [
            0, "kern"
            1, "user"
            2, "mail"
            3, "daemon"
            4, "auth"
            5, "syslog"
            6, "lpr"
            7, "news"
            8, "uucp"
            9, "cron"
            10, "authpriv"
            11, "ftp"
            16, "local0"
            17, "local1"
            18, "local2"
            19, "local3"
            20, "local4"
            21, "local5"
            22, "local6"
            23, "local7"
        ]

    /// RFC 5424, table 2.
    let severities: (int * string) list =
        [
            0, "emergency"
            1, "alert"
            2, "critical"
            3, "error"
            4, "warning"
            5, "notice"
            6, "informational"
            7, "debug"
        ]

    /// PRINTUSASCII: what host and program names are made of.
    let isWord (text: string) : bool =
        text <> ""
        && text |> Seq.forall (fun character -> character > ' ' && character <= '~')

    /// SD-NAME: ids and names of parameters.
    let isStructuredName (text: string) : bool =
        text.Length <= 32
        && isWord text
        && text
           |> Seq.forall (fun character -> character <> '=' && character <> ']' && character <> '"')

[<RequireQualifiedAccess>]
module SyslogMessage =
    // PARAM-VALUE, section 6.3.3: these three are escaped, and nothing else.
    let private parameter (text: string) =
        text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("]", "\\]")
        |> String.map (fun character -> if Char.IsControl character then ' ' else character)

    let private element (id: string, parameters: (string * string) list) =
        let inside =
            parameters
            |> List.map (fun (name, value) -> $" %s{name}=\"%s{parameter value}\"")
            |> String.concat ""

        $"[%s{id}%s{inside}]"

    let private orNil (text: string) = if text = "" then "-" else text

    /// What stands before the time, and what stands behind it: both are the same in every message of a sink.
    let private before (header: SyslogHeader) =
        $"<%d{header.Facility * 8 + header.Severity}>1 "

    let private behind (header: SyslogHeader) =
        let elements = header.StructuredData |> List.map element |> String.concat ""
        $" %s{orNil header.HostName} %s{orNil header.AppName} - - %s{orNil elements} "

    let private hex = "0123456789ABCDEF"B

    let private escape (code: byte) (writer: Utf8Writer) =
        writer.Bytes(ReadOnlySpan<byte> "\\u00"B)
        writer.Byte hex[int code >>> 4]
        writer.Byte hex[int code &&& 15]

    /// Writes a text with every control character (C0, DEL, C1) as `\u00XX`, so that no receiver takes it for the end of a line. What is no
    /// control character stays as it is.
    let writeText (text: ReadOnlySpan<byte>) (writer: Utf8Writer) =
        let mutable start = 0
        let mutable at = 0

        while at < text.Length do
            let code = text[at]

            if code < 0x20uy || code = 0x7Fuy then
                writer.Bytes(text.Slice(start, at - start))
                escape code writer
                at <- at + 1
                start <- at
            // U+0080 to U+009F are C2 80 to C2 9F in UTF-8; next line (U+0085) ends a line for many.
            elif
                code = 0xC2uy
                && at + 1 < text.Length
                && text[at + 1] >= 0x80uy
                && text[at + 1] <= 0x9Fuy
            then
                writer.Bytes(text.Slice(start, at - start))
                escape text[at + 1] writer
                at <- at + 2
                start <- at
            else
                at <- at + 1

        writer.Bytes(text.Slice start)

    /// Writes frames of one sink's messages.
    [<Sealed>]
    type Framer(header: SyslogHeader) =
        let before = Encoding.ASCII.GetBytes(before header)
        let behind = Encoding.UTF8.GetBytes(behind header)
        let message = Utf8Writer 1024

        /// One record, without the line end its renderer gives it, as one frame.
        member _.Write(record: ReadOnlySpan<byte>, now: DateTimeOffset, frames: Utf8Writer) =
            message.Clear()
            message.Bytes(ReadOnlySpan<byte> before)

            now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", Globalization.CultureInfo.InvariantCulture)
            |> Encoding.ASCII.GetBytes
            |> fun time -> message.Bytes(ReadOnlySpan<byte> time)

            message.Bytes(ReadOnlySpan<byte> behind)

            let isLine = record.Length > 0 && record[record.Length - 1] = '\n'B

            writeText
                (if isLine then
                     record.Slice(0, record.Length - 1)
                 else
                     record)
                message

            frames.Int(int64 message.Written.Length)
            frames.Byte ' 'B
            frames.Bytes message.Written
