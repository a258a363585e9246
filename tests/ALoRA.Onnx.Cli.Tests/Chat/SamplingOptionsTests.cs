using System.CommandLine;
using System.Globalization;
using ALoRA.Onnx.Cli.Chat;

namespace ALoRA.Onnx.Cli.Tests.Chat;

[TestClass]
public sealed class SamplingOptionsTests
{
    public static IEnumerable<GenerationParameter> Parameters => GenerationParameters.All;

    [TestMethod]
    [DynamicData(nameof(Parameters))]
    public void Read_Flag_SetsItsParameter(GenerationParameter parameter)
    {
        double value = parameter.IsInteger ? 7 : 0.5;
        Command command = new("test");
        SamplingOptions options = new(command);

        string written = value.ToString(CultureInfo.InvariantCulture);
        ParseResult result = command.Parse([Flag(parameter), written, "--seed", "3", "--max-tokens", "9"]);

        Assert.IsEmpty(result.Errors);
        Assert.AreEqual(parameter.Set(new GenerationOptions { Seed = 3, MaxNewTokens = 9 }, value), options.Read(result));
    }

    [TestMethod]
    [DynamicData(nameof(Parameters))]
    public void Parse_ValueOutOfRange_NamesFlagAndRange(GenerationParameter parameter)
    {
        Command command = new("test");
        _ = new SamplingOptions(command);

        string[] values = parameter.IsInteger ? ["-3", "1.5"] : ["-3"];
        foreach (string value in values)
        {
            string kind = parameter.IsInteger ? "an integer" : "a number";
            ParseResult result = command.Parse([Flag(parameter), value]);
            Assert.AreEqual($"{Flag(parameter)} must be {kind} {parameter.Range}, got {value}.", result.Errors.Single().Message);
        }
    }

    [TestMethod]
    public async Task Help_RunAndChat_ShowEveryFlag()
    {
        foreach (string command in new[] { "run", "chat" })
        {
            CommandRun run = await CommandRun.Of(command, "--help");
            foreach (GenerationParameter parameter in GenerationParameters.All)
            {
                Assert.Contains(Flag(parameter), run.Output, command);
            }
        }
    }

    private static string Flag(GenerationParameter parameter) => $"--{parameter.Name.Replace('_', '-')}";
}
