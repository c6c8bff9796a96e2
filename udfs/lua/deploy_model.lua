--- SME_DEPLOY_SAGEMAKER_AUTOPILOT_MODEL: as deploy, for a model by its name.
local arguments = require("arguments")
local dictionary = require("dictionary")
local deploy = require("deploy")
local versions = require("versions")
local promotion = require("promotion")

local M = {}

--- Deploys the version that is given, else the promoted one, else the newest Completed one.
function M.main(json_text)
    local given = arguments.read_json(json_text)
    arguments.require_all(given, {"model_name", "endpoint_name", "schema_name", "instance_type",
        "instance_count", "aws_credentials_connection_name", "aws_region"})
    local connection = dictionary.connection(given.aws_credentials_connection_name)
    local version = given.version
    if version ~= nil then
        version = arguments.whole_number("version", version, 1)
    end
    local row = versions.completed(given.model_name,
        version or promotion.promoted_version(given.model_name), connection, given.aws_region)
    return deploy.main(row.job_name, given.endpoint_name, given.schema_name, given.instance_type,
        given.instance_count, connection, given.aws_region)
end

return M
