using System.Reflection;
using System.Security.Cryptography;
using ALoRA.Onnx.Server.Access;
using Microsoft.Extensions.Logging.Abstractions;

namespace ALoRA.Onnx.Server.Tests.Access;

[TestClass]
public sealed class KeyFileTests
{
    [TestMethod]
    [DataRow("alice", true)]
    [DataRow("bob", true)]
    [DataRow("carol", true)]
    [DataRow("dave", false, DisplayName = "behind a comment's sign")]
    [DataRow("", false)]
    [DataRow("alic", false)]
    [DataRow("alicee", false)]
    [DataRow("Alice", false)]
    [DataRow("# all", false)]
    [DataRow("for tests", false)]
    public void Find_IsAKeyOfTheFileOrNot(string key, bool isKey)
    {
        using TemporaryFolder folder = new();
        KeyFile keys = Open(folder, "# all of them\n\n  alice  \nbob # for tests\r\n#dave\ncarol");

        Assert.AreEqual(isKey, keys.Find(key) is not null);
    }

    [TestMethod]
    public void Find_VeryLongKey_IsNone()
    {
        using TemporaryFolder folder = new();

        Assert.IsNull(Open(folder, "alice").Find(new string('x', 1 << 20)));
    }

    [TestMethod]
    public void Find_FileWasChanged_TakesTheNewKeys()
    {
        using TemporaryFolder folder = new();
        KeyFile keys = Open(folder, "alice");

        File.WriteAllText(folder["keys"], "robert");

        Assert.IsNull(keys.Find("alice"));
        Assert.IsNotNull(keys.Find("robert"));
    }

    [TestMethod]
    public void Find_FileWasEmptied_LetsNobodyIn()
    {
        using TemporaryFolder folder = new();
        KeyFile keys = Open(folder, "alice");

        File.WriteAllText(folder["keys"], "# revoked");

        Assert.IsNull(keys.Find("alice"));
    }

    [TestMethod]
    public void Find_FileIsGone_KeepsTheKeysUntilItIsBack()
    {
        using TemporaryFolder folder = new();
        KeyFile keys = Open(folder, "alice");

        File.Delete(folder["keys"]);
        Assert.IsNotNull(keys.Find("alice"));

        File.WriteAllText(folder["keys"], "bob");
        Assert.IsNull(keys.Find("alice"));
        Assert.IsNotNull(keys.Find("bob"));
    }

    [TestMethod]
    public void Find_LinkLeadsToAnotherFile_TakesItsKeys()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["first"], "alice");
        File.WriteAllText(folder["second"], "robert");
        SymbolicLinks.ToFile(folder["keys"], folder["first"]);
        KeyFile keys = new(folder["keys"], "--api-key-file", NullLogger.Instance);

        File.Delete(folder["keys"]);
        SymbolicLinks.ToFile(folder["keys"], folder["second"]);

        Assert.IsNull(keys.Find("alice"));
        Assert.IsNotNull(keys.Find("robert"));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("# none yet\n\n")]
    public void Open_NoKey_IsRefused(string text)
    {
        using TemporaryFolder folder = new();

        FormatException exception = Assert.ThrowsExactly<FormatException>(() => Open(folder, text));
        Assert.Contains("--api-key-file", exception.Message);
        Assert.Contains("has no key", exception.Message);
    }

    [TestMethod]
    public void Open_NoFile_IsRefused()
    {
        using TemporaryFolder folder = new();

        FormatException exception = Assert.ThrowsExactly<FormatException>(
            () => new KeyFile(folder["nothing"], "--admin-key-file", NullLogger.Instance));
        Assert.Contains("--admin-key-file", exception.Message);
    }

    [TestMethod]
    public void Find_ComparesInConstantTime()
    {
        MethodInfo find = typeof(KeyFile).GetMethod(nameof(KeyFile.Find))!;
        byte[] code = find.GetMethodBody()!.GetILAsByteArray()!;

        // A call is 0x28 and the token of what is called.
        IEnumerable<MethodBase?> called = Enumerable.Range(0, code.Length - 4)
            .Where(at => code[at] == 0x28)
            .Select(at => Called(find.Module, BitConverter.ToInt32(code, at + 1)));
        Assert.Contains(typeof(CryptographicOperations).GetMethod(nameof(CryptographicOperations.FixedTimeEquals)), called);
    }

    private static MethodBase? Called(Module module, int token)
    {
        try
        {
            return module.ResolveMethod(token);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static KeyFile Open(TemporaryFolder folder, string text)
    {
        File.WriteAllText(folder["keys"], text);
        return new KeyFile(folder["keys"], "--api-key-file", NullLogger.Instance);
    }
}
