using Slipway.Control;
using Slipway.Control.Admin;
using Slipway.Control.Data;
using Slipway.Control.Feedback;
using Slipway.Control.Records;
using Slipway.Control.Releases;
using Slipway.Control.Tenants;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Errors;
using Slipway.ServiceDefaults.Grpc;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddGrpcServer();
builder.AddDatabase();
builder.AddRecords();
builder.AddAdminApi();
builder.Services.AddSingleton<TenantSeed>();
builder.Services.AddSingleton<TenantStore>();
builder.Services.AddSingleton<ReleaseStore>();
builder.Services.AddSingleton<FeedbackStore>();

var app = builder.Build();
app.UseErrorShape();
app.MapDefaultEndpoints();
app.UseBadBodyErrors();
app.MapGrpcService<ControlEndpoint>();
app.MapAdminApi();
app.Run();
