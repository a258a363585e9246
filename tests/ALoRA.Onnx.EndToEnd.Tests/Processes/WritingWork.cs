using System.Globalization;
using ALoRA.Onnx.EndToEnd.Tests.Runtime;
using ALoRA.Onnx.Export;
using ALoRA.Onnx.Export.Output;

namespace ALoRA.Onnx.EndToEnd.Tests.Processes;

/// <summary>Exports, converts, saves or replaces a folder, and waits in the midst of a write for being ended.</summary>
internal static class WritingWork
{
    /// <summary>Said when the process waits.</summary>
    public const string Waits = "waits";

    /// <summary>File by which a folder is recognised that <see cref="Replace"/> makes.</summary>
    public const string Marker = "marker";

    // WriteProbe.Name, of which each library has its own.
    private const string Probe = "ALoRA.Onnx.Tests.WhileWriting";

    /// <summary>Does it once, and prints how many steps of writing it has.</summary>
    /// <param name="arguments">What is done, the model or checkpoint, the target, and the step at which it waits; 0 for none.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        (string what, string source, string target, int step) =
            (arguments[0], arguments[1], arguments[2], int.Parse(arguments[3], CultureInfo.InvariantCulture));
        int steps = 0;
        using AloraModel? model = what == "save" ? AloraModel.Open(source) : null;
        using Conversation? conversation = model?.CreateConversation();
        await (conversation?.AppendAsync(Prompts.Random(300)) ?? Task.CompletedTask);
        AppContext.SetData(Probe, (Action)(() =>
        {
            if (Interlocked.Increment(ref steps) == step)
            {
                Console.WriteLine(Waits);
                Thread.Sleep(Timeout.Infinite);
            }
        }));
        switch (what)
        {
            case "export":
                await Exporter.ExportAsync(source, target, new ExportOptions { Overwrite = true });
                break;
            case "convert":
                await AdapterConverter.ConvertAsync(
                    source, Path.GetDirectoryName(Path.GetDirectoryName(target))!, Path.GetFileName(target),
                    new AdapterConversionOptions { Overwrite = true });
                break;
            case "save":
                await conversation!.SaveAsync(target);
                break;
            default:
                Replace(target, "new");
                break;
        }

        Console.WriteLine(steps.ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    /// <summary>Makes a folder where the system cannot exchange two, which is done in two renames.</summary>
    public static void Replace(string target, string content)
    {
        using PartialFolder folder = PartialFolder.Create(target, overwrite: true, 0, Marker, exchange: (_, _) => false);
        folder.WriteFile(Marker, System.Text.Encoding.UTF8.GetBytes(content));
        folder.WriteFile("data", new byte[20_000]);
        folder.Commit();
    }
}
