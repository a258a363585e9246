using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ALoRA.Onnx.EndToEnd.Tests.Processes;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>
/// Processes that are ended while bytes are written leave the old or the new, and what they leave beside it is gone with the next one.
/// <c>ALORA_SOAK_KILLS=100</c> ends a hundred of each.
/// </summary>
[TestClass]
public sealed class KillTests
{
    public required TestContext TestContext { get; set; }

    private static int Kills =>
        int.TryParse(Environment.GetEnvironmentVariable("ALORA_SOAK_KILLS"), CultureInfo.InvariantCulture, out int kills) ? kills : 4;

    [TestMethod]
    public async Task Export_Killed_LeavesOldOrNew()
    {
        string other = await DemoModel.FolderAsync();
        await KillAsync("export", DemoModel.Checkpoint, CopyWithoutAdapters, place => Exporter.ExportAsync(DemoModel.Checkpoint, place));

        // Another model than the export makes, so that one is not taken for the other.
        void CopyWithoutAdapters(string target)
        {
            CopyFolder(other, target);
            File.AppendAllText(Path.Combine(target, "chat_template.jinja"), "{# old #}");
        }
    }

    [TestMethod]
    public async Task Convert_Killed_LeavesOldOrNew()
    {
        string certainty = Path.Combine(DemoModel.Checkpoint, "adapters", "certainty");
        string model = await DemoModel.FolderAsync();
        using TemporaryFolder temporary = new();
        string folder = temporary["model"];
        CopyFolder(model, folder);
        Directory.Delete(Path.Combine(folder, "adapters"), recursive: true);
        await KillAsync(
            "convert",
            certainty,
            target => CopyFolder(Path.Combine(model, "adapters", "jailbreak"), target),
            place => AdapterConverter.ConvertAsync(certainty, folder, Path.GetFileName(place)),
            Path.Combine(folder, "adapters"));
    }

    [TestMethod]
    public async Task Save_Killed_LeavesOldOrNew()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(3));
        await KillAsync("save", model.Folder, target => File.WriteAllText(target, "old"), place => conversation.SaveAsync(place));
    }

    [TestMethod]
    public Task Replace_KilledWhereFoldersCannotBeExchanged_LeavesOldOrNew() => KillAsync(
        "replace", "none", target => WritingWork.Replace(target, "old"), place =>
        {
            WritingWork.Replace(place, "next");
            return Task.CompletedTask;
        });

    /// <summary>Ends many processes, each at another step of its writing, with and without something to replace.</summary>
    /// <param name="what">What the process does.</param>
    /// <param name="source">What it needs.</param>
    /// <param name="makeOld">Makes what is replaced.</param>
    /// <param name="next">The next work in that place, in this process, under another name.</param>
    /// <param name="parent">The place; null for a folder of its own.</param>
    private async Task KillAsync(
        string what, string source, Action<string> makeOld, Func<string, Task> next, string? parent = null)
    {
        using TemporaryFolder temporary = new();
        parent ??= temporary["place"];
        Directory.CreateDirectory(parent);
        string target = Path.Combine(parent, "target");
        int stepsOfFirst = await CountAsync();
        string made = HashOf(target)!;
        Delete(target);
        makeOld(target);
        int stepsOfReplacing = await CountAsync();
        Assert.AreEqual(made, HashOf(target));
        Delete(target);
        Random random = new(1);
        (int left, int kept, int replaced) = (0, 0, 0);
        for (int i = 0; i < Kills; i++)
        {
            int steps = stepsOfFirst;
            if (i % 2 == 0)
            {
                makeOld(target);
                steps = stepsOfReplacing;
            }

            string? old = HashOf(target);
            int step = i < 6 ? steps - (i / 2) : random.Next(1, steps + 1);
            await KillAtAsync(what, source, target, step);
            bool hasLeft = Hidden(parent).Length > 0;
            left += hasLeft ? 1 : 0;
            string place = Path.Combine(parent, "next");
            await next(place);
            Assert.IsEmpty(Hidden(parent), $"{what}, step {step} of {steps}: {string.Join(", ", Hidden(parent))}");
            string? now = HashOf(target);
            Assert.IsTrue(now == made || now == old, $"{what}, step {step} of {steps}: torn, or gone");
            (kept, replaced) = now == made ? (kept, replaced + 1) : (kept + 1, replaced);
            Delete(target);
            Delete(place);
        }

        TestContext.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {Kills} kills in {stepsOfReplacing} steps, {left} left something, all swept; {kept} as before, "
            + $"{replaced} as new, 0 torn"));

        async Task<int> CountAsync() => int.Parse(
            (await ChildProcess.OutputOfAsync(nameof(WritingWork), what, source, target, "0")).Trim(), CultureInfo.InvariantCulture);
    }

    private static async Task KillAtAsync(string what, string source, string target, int step)
    {
        using Process process = ChildProcess.Start(
            nameof(WritingWork), what, source, target, step.ToString(CultureInfo.InvariantCulture));
        string? line = await process.StandardOutput.ReadLineAsync();
        process.Kill();
        await process.WaitForExitAsync();
        Assert.AreEqual(WritingWork.Waits, line, await process.StandardError.ReadToEndAsync());
    }

    private static string[] Hidden(string parent) =>
        [.. Directory.GetFileSystemEntries(parent).Select(path => Path.GetFileName(path)).Where(name => name[0] == '.')];

    private static string? HashOf(string path)
    {
        if (File.Exists(path))
        {
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
        }

        if (!Directory.Exists(path))
        {
            return null;
        }

        StringBuilder files = new();
        foreach (string file in Directory.GetFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            files.Append(Path.GetRelativePath(path, file)).Append(Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));
        }

        return files.ToString();
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        File.Delete(path);
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
