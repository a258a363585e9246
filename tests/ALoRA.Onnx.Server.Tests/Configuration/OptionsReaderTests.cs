using ALoRA.Onnx.Server.Configuration;
using Microsoft.Extensions.Configuration;

namespace ALoRA.Onnx.Server.Tests.Configuration;

[TestClass]
public sealed class OptionsReaderTests
{
    [TestMethod]
    public void Read_EverySource_FlagsWinOverTheEnvironmentOverTheFile()
    {
        ServerOptions options = Read(
            json: new() { ["MaxQueue"] = "1", ["MaxRows"] = "1", ["Provider"] = "cpu", ["Model"] = "file" },
            environment: new() { ["MAX_QUEUE"] = "2", ["MAXROWS"] = "2" },
            command: new() { ["max-queue"] = "3" });

        Assert.AreEqual(3, options.MaxQueue);
        Assert.AreEqual(2, options.MaxRows);
        Assert.AreEqual("cpu", options.Provider);
        Assert.AreEqual("file", options.Model);
        Assert.AreEqual(new ServerOptions().MaxBodyBytes, options.MaxBodyBytes);
    }

    [TestMethod]
    [DataRow("MaxContextTokens")]
    [DataRow("max-context-tokens")]
    [DataRow("max_context_tokens")]
    [DataRow("MAX_CONTEXT_TOKENS")]
    [DataRow("Alora:MaxContextTokens", DisplayName = "in the section")]
    public void Read_Spellings_AreOneKey(string key) =>
        Assert.AreEqual(512, Read(json: new() { [key] = "512" }).MaxContextTokens);

    [TestMethod]
    [DataRow("30", 30.0)]
    [DataRow("0.5", 0.5)]
    [DataRow("00:01:00", 60.0)]
    public void Read_Time_IsSecondsOrATimeSpan(string text, double seconds) =>
        Assert.AreEqual(TimeSpan.FromSeconds(seconds), Read(environment: new() { ["DRAIN_TIMEOUT"] = text }).DrainTimeout);

    [TestMethod]
    public void Read_ProviderOptions_AreTakenByTheirOwnNames() =>
        Assert.AreEqual("8589934592", Read(command: new() { ["ProviderOptions:gpu_mem_limit"] = "8589934592" })
            .ProviderOptions["gpu_mem_limit"]);

    [TestMethod]
    [DataRow("MaxQueue", "many", "appsettings.json: MaxQueue is 'many'. Expected a whole number.")]
    [DataRow("NoAuth", "perhaps", "appsettings.json: NoAuth is 'perhaps'. Expected true or false.")]
    [DataRow("KeepAlive", "soon", "appsettings.json: KeepAlive is 'soon'. Expected seconds, such as 30, or hours:minutes:seconds.")]
    [DataRow("CacheBytes", "-1", "appsettings.json: CacheBytes is '-1'. Expected a whole number from 0.")]
    public void Read_MalformedValue_NamesPlaceKeyAndValue(string key, string value, string message) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<FormatException>(() => Read(json: new() { [key] = value })).Message);

    [TestMethod]
    public void Read_UnknownKey_IsRefusedInTheSectionAndPassedOverElsewhere()
    {
        Assert.AreEqual(256, Read(json: new() { ["AllowedHosts"] = "*", ["Logging:LogLevel:Default"] = "Debug" }).MaxQueue);
        Assert.AreEqual(256, Read(environment: new() { ["FUZZ_SECONDS"] = "60" }).MaxQueue);
        FormatException exception = Assert.ThrowsExactly<FormatException>(() => Read(json: new() { ["Alora:MaxQeue"] = "1" }));
        Assert.StartsWith("appsettings.json: Alora:MaxQeue is unknown. Expected one of Model, ", exception.Message);
    }

    [TestMethod]
    public void Load_Folder_ReadsItsFile()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["appsettings.json"], """{"Alora": {"ModelName": "granite"}}""");

        Assert.AreEqual("granite", ServerOptions.Load(folder[""]).ModelName);
    }

    [TestMethod]
    public void Load_MalformedFile_NamesIt()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["appsettings.json"], "{");

        Assert.Contains("appsettings.json", Assert.ThrowsExactly<FormatException>(() => ServerOptions.Load(folder[""])).Message);
    }

    private static ServerOptions Read(
        Dictionary<string, string?>? json = null, Dictionary<string, string?>? environment = null,
        Dictionary<string, string?>? command = null) =>
        OptionsReader.Read(new OptionSources("appsettings.json", Root(json), Root(environment), Root(command)));

    private static IConfigurationRoot Root(Dictionary<string, string?>? values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values ?? []).Build();
}
