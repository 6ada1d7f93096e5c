// Lookups for Splunk: golden bytes of each collection, what is refused, hostile values.
module Cti.Core.Tests.SplunkLookupTests

open System
open System.Text
open Cti.Core
open Xunit

let private spec collection =
    RenderSpec.SplunkLookup { Collection = collection; Weight = 3 }

let private lookup collection (values: (ObservableType * string) list) =
    let batch = IndicatorBatch(values.Length + 1)

    for observable, value in values do
        let row = Samples.add batch observable value
        batch.Labels[row] <- NameSet.Of [ "botnet"; "c2" ]
        batch.Remarks.Describe(row, ReadOnlySpan<byte>(Encoding.UTF8.GetBytes "said, \"so\""), Support.day 0)

    Samples.render (spec collection) batch

[<Fact>]
let ``a lookup of each collection, byte for byte`` () =
    let said = "\"said, \"\"so\"\"; botnet; c2\""
    let md5 = "d41d8cd98f00b204e9800998ecf8427e"

    Assert.Equal(
        $"description,ip,weight\r\n%s{said},192.0.2.0/24,3\r\n%s{said},192.0.2.1,3\r\n",
        lookup
            SplunkCollection.Ip
            [
                ObservableType.Cidr, "192.0.2.0/24"
                ObservableType.Ipv4, "192.0.2.1"
                ObservableType.Domain, "a.example"
            ]
    )

    Assert.Equal(
        $"description,domain,weight\r\n%s{said},a.example,3\r\n",
        lookup SplunkCollection.Domain [ ObservableType.Domain, "a.example"; ObservableType.Domain, "a.example" ]
    )

    Assert.Equal(
        $"description,http_referrer,http_user_agent,url,weight\r\n%s{said},,curl,,3\r\n%s{said},,,\"http://a.example/,\",3\r\n",
        lookup SplunkCollection.Http [ ObservableType.Url, "http://a.example/,"; ObservableType.UserAgent, "curl" ]
    )

    Assert.Equal(
        $"description,file_hash,file_name,weight\r\n%s{said},%s{md5},,3\r\n%s{said},,x.exe,3\r\n",
        lookup SplunkCollection.File [ ObservableType.Md5, md5; ObservableType.FileName, "x.exe" ]
    )

    Assert.Equal(
        $"description,src_user,subject,weight\r\n%s{said},a@b.example,,3\r\n",
        lookup SplunkCollection.Email [ ObservableType.Email, "a@b.example" ]
    )

    Assert.Equal(
        $"description,registry_path,registry_value_name,registry_value_text,weight\r\n%s{said},HKEY_LOCAL_MACHINE\\x,,,3\r\n",
        lookup SplunkCollection.Registry [ ObservableType.RegistryKey, "HKEY_LOCAL_MACHINE\\x" ]
    )

[<Fact>]
let ``no cell begins like a formula, and what another collection holds is refused`` () =
    Assert.Equal(
        ValueSome RenderReason.ReservedWord,
        Hostile.hold (spec SplunkCollection.File) ObservableType.FileName "=cmd|' /C calc'!A0"
    )

    Assert.Equal(
        ValueSome RenderReason.TypeNotHeld,
        Hostile.hold (spec SplunkCollection.File) ObservableType.Domain "a.example"
    )

    for text in Hostile.texts do
        let batch = IndicatorBatch 2
        Hostile.add batch ObservableType.FileName "held.exe" text |> ignore

        let said =
            String.Join(
                "; ",
                text
                :: List.sortWith (fun one other -> String.CompareOrdinal(one, other)) [ text; "plain" ]
            )

        let isFormula = CsvText.isFormula (ReadOnlySpan<byte>(Samples.utf8 said))
        let disarmed = if isFormula then "'" + said else said

        let cell =
            if isFormula || said.IndexOfAny [| '"'; ','; '\r'; '\n' |] >= 0 then
                "\"" + disarmed.Replace("\"", "\"\"") + "\""
            else
                said

        Assert.Equal(
            $"description,file_hash,file_name,weight\r\n%s{cell},,held.exe,3\r\n",
            Samples.render (spec SplunkCollection.File) batch
        )

        Assert.Equal(
            (if isFormula then 1L else 0L),
            (Hostile.lossesOf (spec SplunkCollection.File) batch).Count LossReason.Approximated
        )
