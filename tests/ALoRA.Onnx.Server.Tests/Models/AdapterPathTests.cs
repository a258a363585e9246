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
    [DataRow("linked", true, DisplayName = "a link within")]
    [DataRow("hub", true, DisplayName = "files that are links within, as in the hub's cache")]
    public void Resolve_Within_IsTheRealFolder(string path, bool needsLinks = false)
    {
        using TemporaryFolder folder = Make();
        if (needsLinks)
        {
            AddLinks(folder);
        }

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
    [DataRow("escape", true, DisplayName = "a link to a folder outside")]
    [DataRow("escape/inner", true)]
    [DataRow("chain", true, DisplayName = "a link to a link")]
    [DataRow("deep/up", true, DisplayName = "a link upwards")]
    [DataRow("stolen", true, DisplayName = "a file that is a link outside")]
    [DataRow("loop", true, DisplayName = "a link to itself")]
    [DataRow("a\0b")]
    [DataRow("../nothing", DisplayName = "what there is elsewhere is not told")]
    public void Resolve_Outside_IsRefused(string path, bool needsLinks = false)
    {
        using TemporaryFolder folder = Make();
        if (needsLinks)
        {
            AddLinks(folder);
        }

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
        SymbolicLinks.ToFolder(folder["alias"], folder["adapters"]);

        Assert.EndsWith(Path.Combine("adapters", "good"), AdapterPath.Resolve(folder["alias"], "good"));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Windows)]
    [DataRow(@"..\outside")]
    [DataRow(@"good\..\..\outside")]
    [DataRow(@"C:\windows")]
    [DataRow("C:", DisplayName = "the current folder of a drive")]
    [DataRow(@"\\?\C:\windows", DisplayName = "a path that the system takes as it is")]
    [DataRow(@"\\host\share", DisplayName = "another machine")]
    public void Resolve_OutsideOnWindows_IsRefused(string path)
    {
        using TemporaryFolder folder = Make();
        Assert.AreEqual(400, Assert.ThrowsExactly<ApiError>(() => AdapterPath.Resolve(folder["adapters"], path)).Status);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Windows)]
    [DataRow(@"deep\also")]
    [DataRow("GOOD", DisplayName = "names are the same in either case")]
    public void Resolve_WithinOnWindows_IsTaken(string path)
    {
        using TemporaryFolder folder = Make();
        Assert.IsTrue(Directory.Exists(AdapterPath.Resolve(folder["adapters"], path)));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Windows)]
    [DataRow("NUL", DisplayName = "a device, on some versions in every folder")]
    [DataRow("blobs/1:hidden", DisplayName = "a stream of a file")]
    [DataRow("go*", DisplayName = "a wildcard")]
    public void Resolve_NoNameOnWindows_IsRefused(string path)
    {
        using TemporaryFolder folder = Make();
        int status = Assert.ThrowsExactly<ApiError>(() => AdapterPath.Resolve(folder["adapters"], path)).Status;
        Assert.IsTrue(status is 400 or 404, $"{status}");
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
        return folder;
    }

    private static void AddLinks(TemporaryFolder folder)
    {
        SymbolicLinks.ToFile(folder["adapters/hub/adapter.json"], folder["adapters/blobs/1"]);
        SymbolicLinks.ToFile(folder["adapters/stolen/adapter.json"], folder["outside/secret"]);
        SymbolicLinks.ToFolder(folder["adapters/linked"], "good");
        SymbolicLinks.ToFolder(folder["adapters/escape"], folder["outside"]);
        SymbolicLinks.ToFolder(folder["adapters/chain"], "escape");
        SymbolicLinks.ToFolder(folder["adapters/deep/up"], "../..");
        SymbolicLinks.ToFolder(folder["adapters/loop"], "loop");
    }
}
