// The `ipset` output: a file for `ipset restore` that builds two new sets, one for each family, and then exchanges each for the one in use
// (ipset(8), `swap`), so that packets see the old set or the new one. Sets only: rules of iptables name them.
namespace Cti.Core

open System
open System.Text

/// How the sets are called and how much they take.
type IpsetOptions =
    {
        /// A letter, then letters, digits and underscores, at most 22 characters; `_ipv4` and `_ipv6` are appended, and `_new` while a set is built (a
        /// set's name has at most 31).
        Set: string
        /// The most entries of each set (`maxelem`); a file with more is refused whole.
        MaxElements: int
    }

[<RequireQualifiedAccess>]
module Ipset =
    /// `blocklist_ipv4` and `blocklist_ipv6` of a million entries each. ipset itself stops at 65,536 where nothing is said; room that is not used costs nothing.
    let defaults: IpsetOptions =
        {
            Set = "blocklist"
            MaxElements = 1_048_576
        }

    [<Literal>]
    let LongestName = 22

/// The file. Holds addresses and ranges.
[<Sealed; AllowNullLiteral(false)>]
type IpsetRenderer(options: IpsetOptions) =
    let losses = LossList()
    let addresses = AddressText()

    let families =
        [
            struct (options.Set + "_ipv4", "inet")
            struct (options.Set + "_ipv6", "inet6")
        ]

    let addV4 = Encoding.UTF8.GetBytes $"add %s{options.Set}_ipv4_new "
    let addV6 = Encoding.UTF8.GetBytes $"add %s{options.Set}_ipv6_new "

    interface IRenderer with
        member _.CanHold(observable, value) = addresses.Check(observable, value)
        member _.Losses = losses
        member _.Holds _ = false

        member _.Header(_, writer) =
            for struct (set, family) in families do
                for name in [ set; set + "_new" ] do
                    writer.Text $"create %s{name} hash:net family %s{family} maxelem %d{options.MaxElements} -exist\n"

                // What an interrupted load left behind.
                writer.Text $"flush %s{set}_new\n"

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]
                let value = batch.Value[row]

                if (addresses.Check(batch.Type[row], value)).IsNone then
                    let shortest = AddressText.Shortest value

                    if addresses.IsNew shortest then
                        writer.Bytes(
                            ReadOnlySpan<byte>(
                                match AddressFamily.ofValue value with
                                | AddressFamily.V4 -> addV4
                                | AddressFamily.V6 -> addV6
                            )
                        )

                        writer.Bytes shortest
                        writer.Byte '\n'B

        member _.Footer(_, writer) =
            for struct (set, _) in families do
                writer.Text $"swap %s{set}_new %s{set}\n"

            for struct (set, _) in families do
                writer.Text $"destroy %s{set}_new\n"
