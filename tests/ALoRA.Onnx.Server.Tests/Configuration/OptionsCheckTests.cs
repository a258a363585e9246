using ALoRA.Onnx.Server.Configuration;

namespace ALoRA.Onnx.Server.Tests.Configuration;

[TestClass]
public sealed class OptionsCheckTests
{
    private static readonly ServerOptions Sound = new() { Model = "model" };

    public static IEnumerable<object[]> Wrong =>
    [
        [Sound with { Model = " " }, "The model is missing"],
        [Sound with { MeasureTime = TimeSpan.FromSeconds(-1) }, "--measure-time must be from 0 to 86400 seconds, got -1."],
        [Sound with { MaxQueue = -1 }, "--max-queue must be at least 0, got -1."],
        [Sound with { MaxRows = 0 }, "--max-rows must be at least 1 and at most 256, got 0."],
        [Sound with { MaxRows = 257 }, "--max-rows must be at least 1 and at most 256, got 257."],
        [Sound with { AdaptersPerStep = 65 }, "--adapters-per-step must be"],
        [Sound with { MaxContextTokens = 0 }, "--max-context-tokens must be"],
        [Sound with { MaxBodyBytes = 0 }, "--max-body-bytes must be"],
        [Sound with { DrainTimeout = TimeSpan.FromSeconds(-1) }, "--drain-timeout must be from 0 to 86400 seconds, got -1."],
        [Sound with { KeepAlive = TimeSpan.Zero }, "--keep-alive must be"],
        [Sound with { Provider = "" }, "--provider is empty"],
        [Sound with { NoAuth = true, ApiKeyFile = "keys" }, "Give only one of both"],
        [Sound with { AdaptersFolder = "no-such-folder" }, "--adapters-folder: there is no folder"],
    ];

    [TestMethod]
    [DynamicData(nameof(Wrong))]
    public void Run_WrongOption_IsRefusedByItsFlag(ServerOptions options, string sentence) =>
        Assert.Contains(sentence, Assert.ThrowsExactly<ArgumentException>(() => OptionsCheck.Run(options)).Message);

    [TestMethod]
    public void Run_Defaults_AreSound() => OptionsCheck.Run(Sound);
}
