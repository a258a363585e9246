using System.Text.Json;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class QualityCommandTests
{
    [TestMethod]
    public async Task Quality_Float32AgainstItsCheckpoint_IsZero()
    {
        JsonElement result = await MeasureAsync(await DemoModel.GetFolderAsync(), DemoModel.Checkpoint);

        Assert.AreEqual(0, result.GetProperty("kl_mean").GetDouble(), 1e-6);
        Assert.AreEqual(1, result.GetProperty("top1_agreement").GetDouble());
        Assert.AreEqual(result.GetProperty("reference_perplexity").GetDouble(), result.GetProperty("perplexity").GetDouble(), 1e-3);
    }

    [TestMethod]
    public async Task Quality_MethodsAtEqualSize_KeepTheirOrder()
    {
        using TemporaryFolder folder = new();
        double rtn = await DivergenceAsync(folder, "rtn", "--quant-method", "rtn");
        double random = await DivergenceAsync(
            folder, "random", "--quant-method", "gptq", "--calibration-random", "--calibration-tokens", "2048");
        double gptq = await DivergenceAsync(folder, "gptq", "--quant-method", "gptq", "--calibration-tokens", "4000");

        Assert.IsLessThan(1.0, random / rtn);
        Assert.IsLessThan(0.6, gptq / rtn);
    }

    [TestMethod]
    public async Task Quality_MixedRecipe_IsBetterThanInt4AndLarger()
    {
        using TemporaryFolder folder = new();
        double int4 = await DivergenceAsync(folder, "int4", "--quant-recipe", "int4");
        double mixed = await DivergenceAsync(folder, "mixed", "--quant-recipe", "int4-mixed");

        Assert.IsLessThan(int4, mixed);
        Assert.IsGreaterThan(
            new FileInfo(folder["int4", "model.onnx.data"]).Length, new FileInfo(folder["mixed", "model.onnx.data"]).Length);
    }

    [TestMethod]
    public async Task Quality_Table_NamesMethodAndReference()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["text.txt"], "What is 3 + 4? 3 + 4 = 7.");
        string model = await DemoModel.GetFolderAsync();

        CommandRun run = await CommandRun.Of("quality", model, model, "--text", folder["text.txt"]);

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("KL mean", run.Output);
        Assert.Contains("| reference", run.Output);
    }

    [TestMethod]
    public async Task Quality_MissingText_IsBadInput()
    {
        string model = await DemoModel.GetFolderAsync();
        CommandRun run = await CommandRun.Of("quality", model, model, "--text", "nothing.txt");
        Assert.AreEqual(3, run.ExitCode, run.Error);
    }

    [TestMethod]
    public async Task Export_RecipeAndPrecision_IsUsageError()
    {
        CommandRun run = await CommandRun.Of("export", DemoModel.Checkpoint, "-o", "x", "--quant-recipe", "int4", "--precision", "int8");
        Assert.AreEqual(2, run.ExitCode, run.Error);
    }

    private static async Task<double> DivergenceAsync(TemporaryFolder folder, string name, params string[] options)
    {
        string[] precision = options.Contains("--quant-recipe") ? [] : ["--precision", "int4"];
        CommandRun run = await CommandRun.Of(["export", DemoModel.Checkpoint, "-o", folder[name], .. precision, .. options]);
        Assert.AreEqual(0, run.ExitCode, run.Error);
        return (await MeasureAsync(folder[name], await DemoModel.GetFolderAsync())).GetProperty("kl_mean").GetDouble();
    }

    private static async Task<JsonElement> MeasureAsync(string model, string reference)
    {
        string text = Directory.EnumerateFiles(Path.Combine(DemoModel.Checkpoint, "examples"), "*.json")
            .Order(StringComparer.Ordinal)
            .First();
        CommandRun run = await CommandRun.Of("quality", model, reference, "--text", text, "--tokens", "1500", "--json");
        Assert.AreEqual(0, run.ExitCode, run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
