using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Models;

namespace ALoRA.Onnx.Server.Tests.Models;

[TestClass]
public sealed class AdapterPathTests
{
    [TestMethod]
    [DataRow("good")]
    [DataRow("./good")]
    [DataRow("good/")]
    [DataRow("deep/../good")]
    [DataRow("deep/also")]
    [DataRow("linked", DisplayName = "a link within")]
    [DataRow("hub", DisplayName = "files that are links within, as in the hub's cache")]
    public void Resolve_Within_IsTheRealFolder(string path)
    {
        using TemporaryFolder folder = Make();

        string real = AdapterPath.Resolve(folder["adapters"], path);

        Assert.IsTrue(Directory.Exists(real));
        Assert.IsNull(new DirectoryInfo(real).LinkTarget);
    }

    [TestMethod]
    public void Resolve_AbsolutePathWithin_IsTaken()
    {
        using TemporaryFolder folder = Make();

        Assert.EndsWith("good", AdapterPath.Resolve(folder["adapters"], Path.GetFullPath(folder["adapters/good"])));
    }

    [TestMethod]
    [DataRow("..")]
    [DataRow(".")]
    [DataRow("../outside")]
    [DataRow("good/../../outside")]
    [DataRow("../adapters-more", DisplayName = "a name that begins the same")]
    [DataRow("/etc")]
    [DataRow("/")]
    [DataRow("escape", DisplayName = "a link to a folder outside")]
    [DataRow("escape/inner")]
    [DataRow("chain", DisplayName = "a link to a link")]
    [DataRow("deep/up", DisplayName = "a link upwards")]
    [DataRow("stolen", DisplayName = "a file that is a link outside")]
    [DataRow("loop", DisplayName = "a link to itself")]
    [DataRow("a\0b")]
    [DataRow("../nothing", DisplayName = "what there is elsewhere is not told")]
    public void Resolve_Outside_IsRefused(string path)
    {
        using TemporaryFolder folder = Make();

        ApiError error = Assert.ThrowsExactly<ApiError>(() => AdapterPath.Resolve(folder["adapters"], path));
        Assert.AreEqual(400, error.Status);
        Assert.AreEqual("lora_path", error.Param);
    }

    [TestMethod]
    public void Resolve_Nothing_Is404()
    {
        using TemporaryFolder folder = Make();

        Assert.AreEqual(404, Assert.ThrowsExactly<ApiError>(() => AdapterPath.Resolve(folder["adapters"], "nothing")).Status);
    }

    [TestMethod]
    public void Resolve_FolderItselfIsALink_IsTaken()
    {
        using TemporaryFolder folder = Make();
        Directory.CreateSymbolicLink(folder["alias"], folder["adapters"]);

        Assert.EndsWith(Path.Combine("adapters", "good"), AdapterPath.Resolve(folder["alias"], "good"));
    }

    private static TemporaryFolder Make()
    {
        TemporaryFolder folder = new();
        foreach (string path in (string[])
            ["adapters/good", "adapters/deep/also", "adapters/blobs", "adapters/hub", "adapters/stolen", "outside/inner", "adapters-more"])
        {
            Directory.CreateDirectory(folder[path]);
        }

        File.WriteAllText(folder["adapters/blobs/1"], "");
        File.WriteAllText(folder["outside/secret"], "");
        File.CreateSymbolicLink(folder["adapters/hub/adapter.json"], folder["adapters/blobs/1"]);
        File.CreateSymbolicLink(folder["adapters/stolen/adapter.json"], folder["outside/secret"]);
        Directory.CreateSymbolicLink(folder["adapters/linked"], "good");
        Directory.CreateSymbolicLink(folder["adapters/escape"], folder["outside"]);
        Directory.CreateSymbolicLink(folder["adapters/chain"], "escape");
        Directory.CreateSymbolicLink(folder["adapters/deep/up"], "../..");
        Directory.CreateSymbolicLink(folder["adapters/loop"], "loop");
        return folder;
    }
}
