using ALoRA.Onnx.Cluster.Configuration;

namespace ALoRA.Onnx.Cluster.Tests.Configuration;

[TestClass]
public sealed class StoreAddressTests
{
    [TestMethod]
    [DataRow("localhost", "Localhost", "")]
    [DataRow("redis://store:6380", "Redis", "store:6380")]
    [DataRow("redis://store", "Redis", "store:6379")]
    [DataRow("rediss://user:p%40ss@store:1/3?connectTimeout=500", "Redis",
        "store:1,user=user,password=p@ss,defaultDatabase=3,ssl=true,connectTimeout=500")]
    [DataRow("sqlserver:Server=db;Database=a", "SqlServer", "Server=db;Database=a")]
    [DataRow("postgres:Host=db;Database=a", "Postgres", "Host=db;Database=a")]
    [DataRow("postgres://me:secret@db/alora", "Postgres", "Host=db;Port=5432;Database=alora;Username=me;Password=secret")]
    public void Parse_Address_IsWhatTheClientIsGiven(string text, string kind, string connection)
    {
        StoreAddress address = StoreAddress.Parse(text);
        Assert.AreEqual(kind, $"{address.Kind}");
        Assert.AreEqual(connection, address.Connection, ignoreCase: true);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("redis")]
    [DataRow("redis:secret")]
    [DataRow("mongodb://secret@db")]
    [DataRow("sqlserver:")]
    public void Parse_NoAddress_SaysWhatIsAndRepeatsNothing(string text)
    {
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => StoreAddress.Parse(text));
        Assert.Contains("redis://host:port", exception.Message);
        Assert.DoesNotContain("secret", exception.Message);
    }

    [TestMethod]
    public void ToString_OfAddressAndOptions_HasNoSecret()
    {
        Assert.AreEqual("Redis", $"{StoreAddress.Parse("redis://:secret@db")}");
        AloraClusterOptions options = new() { Address = "redis://:secret@db", CertificatePassword = "secret" };
        Assert.DoesNotContain("secret", $"{options}");
    }
}
